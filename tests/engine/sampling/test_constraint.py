"""Replies that follow a grammar."""

import json
import re

import pytest

from bot.engine.sampling import constraint, grammars
from bot.engine.sampling.grammar_time import SPARE, GrammarTime
from bot.engine.types import Grammar, Request, SamplingParams
from bot.errors import InvalidOption
from tests.engine.toys import engine, run

SCHEMA = {
    "type": "object", "properties": {"name": {"enum": ["é", "owl"]}, "age": {"type": "integer", "maximum": 99}},
    "required": ["name", "age"], "additionalProperties": False,
}  # fmt: skip
AMBIGUOUS = 'root ::= s\ns ::= s s | s s s | "a"'
# Each rule is more than twice as long as the next: megabytes in total.
DOUBLING = "\n".join(f"r{number} ::= {f'r{number + 1} ' * 6}" for number in range(7)).replace("r0", "root")
DOUBLING += '\nr7 ::= "abcdefghijkl" "b"'


@pytest.mark.parametrize("temperature", [0.0, 1.0, 5.0])
def test_every_reply_is_what_was_asked_for(temperature: float) -> None:
    requests = [
        Request(
            tokens=(5, number + 1), n=2, grammar=Grammar("json", json.dumps(SCHEMA)),
            sampling=SamplingParams(temperature=temperature, seed=number, max_tokens=200, min_tokens=number * 5),
        )
        for number in range(4)
    ]  # fmt: skip
    free = Request(tokens=(9,), sampling=SamplingParams(temperature=0, max_tokens=30))
    (alone,) = run(engine(), free)
    *kept, unbound = run(engine(rows=16), *requests, free)
    for outcome in kept:
        for index, text in outcome.texts.items():
            found = json.loads(text)
            assert found["name"] in ("é", "owl")
            assert found["age"] <= 99
            assert outcome.last[index].finish_reason == "eos"
    assert unbound.texts == alone.texts


@pytest.mark.parametrize("way", ["late", "in threads"])
def test_when_masks_are_computed_changes_nothing(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a GPU, whose masks are computed while the model runs; and as for grammars that take long."""
    requests = [
        Request(
            tokens=(5, number + 1),
            n=2,
            grammar=grammar,
            sampling=SamplingParams(seed=number, max_tokens=20 + 9 * number),
        )
        for number, grammar in enumerate([Grammar("json", json.dumps(SCHEMA)), Grammar("regex", "(a|b|cd){9,60}")] * 2)
    ]
    expected = [outcome.texts for outcome in run(engine(rows=8), *requests)]
    if way == "late":
        monkeypatch.setattr(constraint, "HostLogits", type(None))
    else:
        monkeypatch.setattr(constraint, "SOON", -1)
    assert [outcome.texts for outcome in run(engine(rows=8), *requests)] == expected


def test_a_regular_expression_holds_against_bans() -> None:
    banned = tuple(number for number in range(1, 257) if chr(number - 1) in "ab")
    request = Request(
        tokens=(5,), grammar=Grammar("regex", "[ab]{4}"), sampling=SamplingParams(max_tokens=9, banned_tokens=banned)
    )
    (outcome,) = run(engine(), request)
    assert re.fullmatch("[ab]{4}", outcome.text)


def test_a_wrong_grammar_is_told_before_anything_runs() -> None:
    with pytest.raises(InvalidOption, match="grammar"):
        engine().submit(Request(tokens=(5,), grammar=Grammar("regex", "(")))


@pytest.mark.parametrize(
    "grammar",
    [Grammar("regex", "a{5000000}"), Grammar("regex", "(abc){100000}d"), Grammar("ebnf", DOUBLING)],
)
def test_a_grammar_that_spells_megabytes_is_refused_before_it_holds_up_the_model(grammar: Grammar) -> None:
    with pytest.raises(InvalidOption, match="grammar"):
        engine().submit(Request(tokens=(5,), grammar=grammar))


def test_a_grammar_that_becomes_too_slow_fails_its_own_reply_only() -> None:
    """The work of parsing it grows with the square of the reply's length."""
    grown = Request(
        tokens=(5,), grammar=Grammar("ebnf", AMBIGUOUS), sampling=SamplingParams(temperature=0, max_tokens=3000)
    )
    free = Request(tokens=(9,), sampling=SamplingParams(temperature=0, max_tokens=30))
    (alone,) = run(engine(), free)
    failed, other = run(engine(), grown, free)
    assert isinstance(failed.error, InvalidOption)
    assert "too complex" in str(failed.error)
    assert set(failed.text) == {"a"}
    assert other.texts == alone.texts


def test_a_grammar_out_of_its_limits_fails_instead_of_ending_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammars, "MAX_ITEMS", 30)
    request = Request(tokens=(5,), grammar=Grammar("ebnf", AMBIGUOUS), sampling=SamplingParams(temperature=0))
    (outcome,) = run(engine(), request)
    assert isinstance(outcome.error, InvalidOption)
    assert "Too many items" in str(outcome.error)
    assert set(outcome.text) == {"a"}


def test_slow_masks_fail_a_reply_beside_others_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several rows' masks are filled by threads if they take long, and those cannot be timed."""
    spent, cost = GrammarTime.spent, SPARE / 5

    def slow_masks(self: GrammarTime, slot: int, tokens: int = 0) -> bool:
        self._left[slot] -= 0 if tokens else cost
        return spent(self, slot, tokens)

    monkeypatch.setattr(constraint, "SOON", -1.0)
    monkeypatch.setattr(GrammarTime, "spent", slow_masks)
    request = Request(tokens=(5,), n=2, grammar=Grammar("regex", "[ab]{200}"), sampling=SamplingParams(max_tokens=100))
    (outcome,) = run(engine(), request)
    assert "too long" in str(outcome.error)
    assert 1 <= len(outcome.text) < 10 * constraint.TIMED_EVERY
