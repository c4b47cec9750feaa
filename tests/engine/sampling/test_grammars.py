"""llguidance grammars."""

import json

import pytest

from bot.engine.sampling.grammars import MAX_KEPT, MAX_LENGTH, Grammars
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import Grammar
from bot.errors import InvalidOption
from tests.engine.toys import ByteCoder

CODER = ByteCoder()
VOCABULARY = Vocabulary(CODER, CODER.vocab_size)


def accepts(grammar: Grammar, text: str) -> bool:
    matcher = Grammars(CODER, VOCABULARY).matcher(grammar)
    tokens = CODER.encode(text)
    return matcher.try_consume_tokens(tokens) == len(tokens) and bool(matcher.is_accepting())


@pytest.mark.parametrize(
    ("grammar", "right", "wrong"),
    [
        (Grammar("json", '{"type": "integer"}'), "-12", "1.5"),
        (Grammar("json", '{"enum": ["é", "鸟"]}'), '"鸟"', '"x"'),
        (Grammar("regex", "a{2,3}b"), "aab", "ab"),
        (Grammar("ebnf", 'root ::= ("yes" | "no") "!"'), "no!", "no"),
        (Grammar("ebnf", 'start: "yes" | "no"'), "yes", "maybe"),
    ],
)
def test_the_forms_of_grammars(grammar: Grammar, right: str, wrong: str) -> None:
    assert accepts(grammar, right)
    assert not accepts(grammar, wrong)


@pytest.mark.parametrize(
    "grammar",
    [
        Grammar("json", "{"), Grammar("json", '{"type": "owl"}'), Grammar("regex", "(a"), Grammar("ebnf", "nonsense"),
        Grammar("ebnf", ""), Grammar("regex", "a" * (MAX_LENGTH + 1)), Grammar("json", '{"$ref": "http://x/y"}'),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(grammar: Grammar) -> None:
    with pytest.raises(InvalidOption, match="grammar"):
        Grammars(CODER, VOCABULARY).prepare(grammar)


def test_only_so_many_are_kept() -> None:
    grammars = Grammars(CODER, VOCABULARY)
    for number in range(MAX_KEPT + 3):
        grammars.prepare(Grammar("regex", f"a{number}"))
    assert len(grammars._compiled) == MAX_KEPT


def test_each_row_has_its_own_place(recwarn: pytest.WarningsRecorder) -> None:
    grammars = Grammars(CODER, VOCABULARY)
    grammar = Grammar("json", json.dumps({"const": "ab"}))
    first, second = grammars.matcher(grammar), grammars.matcher(grammar)
    assert first.consume_token(CODER.encode('"')[0])
    assert not second.is_accepting()
    assert second.consume_token(CODER.encode('"')[0])
