"""Macros in texts."""

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library.macros.expansion import expand
from bot.library.macros.macro_values import ExpansionResult, MacroValues, ResolvedMacro
from tests.timing import thread_seconds

TEXTS = {"persona": "a sailor", "notchar": "Ann, Bob", "group": "Mira, Bob", "scenario": ""}


def run(text: str, draw: int = 0, **values: Any) -> ExpansionResult:
    defaults: dict[str, Any] = {"char": "Mira", "user": "Ann", "texts": TEXTS, "seed": "chat"}
    return expand(text, MacroValues(**(defaults | values)), Random(draw))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{{char}} and {{user}}", "Mira and Ann"),
        ("{{CHAR}} {{User}} {{ char }} {{bot}}", "Mira Ann Mira Mira"),
        ("<BOT> <user> <char> <b>", "Mira Ann Mira <b>"),
        ("{{persona}}, {{group}}, {{notChar}}", "a sailor, Mira, Bob, Ann, Bob"),
        ("a{{// note}}b{{comment: x}}c{{noop}}", "abc"),
        ("{{reverse:abc}} {{reverse::x}}", "cba x"),
        ("{{reverse:{{char}}}}", "ariM"),
        ("a{{newline}}b", "a\nb"),
        ("a\n\n{{trim}}\n\nb", "ab"),
        ("{{unknown}} {{unknown:x}} {{}} {{ }}", "{{unknown}} {{unknown:x}} {{}} {{ }}"),
        ("{{random}} {{pick}} {{roll:}}", "{{random}} {{pick}} {{roll:}}"),
        ("{{roll:d1}} {{roll d1}} {{roll:x}}", "1 1 {{roll:x}}"),
        ("{{random:a}} {{pick::b}} {{random::c,c}}", "a b c"),
        ("{{random:{{char}},{{char}}}}", "Mira"),
        ("{{setvar::x::{{char}}}}{{getvar::x}}", "Mira"),
        ("{{if persona}}yes{{else}}no{{/if}}", "yes"),
        ("{{if scenario}}yes{{else}}no{{/if}}", "no"),
        ("{{if !scenario}}none{{/if}}{{if false}}x{{/if}}", "none"),
        ("{{if {{getvar::x}}}}a{{else}}b{{/if}}", "b"),
        ("{{if persona}}{{if scenario}}a{{else}}{{char}}{{/if}}{{/if}}", "Mira"),
        ("{{if scenario}}{{setvar::x::1}}{{/if}}{{getvar::x}}.", "."),
        ("{{if persona}}open {{char}}", "{{if persona}}open Mira"),
        ("{{else}} {{/if}}", "{{else}} {{/if}}"),
        ("{{char", "{{char"),
        ("char}} {{user}}", "char}} Ann"),
        ("{{{char}}}", "{Mira}"),
        ("{{time}} {{date}}", "{{time}} {{date}}"),
        ("no macros", "no macros"),
        ("", ""),
        ("a\x00trim\x00b", "atrimb"),
    ],
)
def test_a_text(text: str, wanted: str) -> None:
    assert run(text).text == wanted


def test_names_are_not_expanded_again() -> None:
    assert run("{{user}}", user="{{char}}<BOT>").text == "{{char}}<BOT>"
    assert run("{{persona}}", texts={"persona": "{{user}}"}).text == "{{user}}"


def test_hidden_keys_vanish_and_are_told() -> None:
    done = run("The lamp.{{hidden_key:moon}}{{hidden_key: the {{char}} }}")
    assert (done.text, done.hidden_keys) == ("The lamp.", ("moon", "the Mira"))


def test_chance_is_recorded_and_repeats_by_the_record() -> None:
    text = "{{random:a,b,c,d,e,f}} {{roll:d100}} {{pick:x,y,z}} {{random:a,b,c,d,e,f}}"
    first = run(text, draw=1)
    assert [item.macro for item in first.record] == [
        "random:a,b,c,d,e,f",
        "roll:d100",
        "pick:x,y,z",
        "random:a,b,c,d,e,f",
    ]
    assert " ".join(item.became for item in first.record) == first.text
    assert run(text, draw=2).text != first.text
    assert run(text, draw=2, recorded=first.record) == first
    changed = run("{{random:q}} {{roll:d100}}", draw=2, recorded=first.record)
    assert changed.text.startswith("q "), "a record of another macro is not used"


def test_random_is_drawn_anew_and_pick_is_not() -> None:
    assert len({run("{{random:a,b,c}}", draw=draw).text for draw in range(30)}) == 3
    assert len({run("{{pick:a,b,c}}", draw=draw).text for draw in range(30)}) == 1
    chats = {run("{{pick:a,b,c}}", seed=str(chat)).text for chat in range(40)}
    assert len(chats) == 3
    places = run("{{pick:a,b,c}}" * 30).text
    assert len(set(places)) == 3, "each place has its own"


def test_the_clock_is_recorded_too() -> None:
    done = run("{{isodate}}", now=datetime(2026, 11, 27, tzinfo=UTC))
    assert done.record == (ResolvedMacro("isodate", "2026-11-27"),)
    assert run("{{isodate}}", now=datetime(2027, 1, 1, tzinfo=UTC), recorded=done.record).text == "2026-11-27"


@pytest.mark.parametrize(
    "text",
    [
        "{{" * 100_000,
        "{{" * 5_000 + "char" + "}}" * 5_000,
        "{{setvar::a::xx}}" + "{{setvar::a::{{getvar::a}}{{getvar::a}}}}" * 60 + "{{getvar::a}}" * 1_000,
        "{{persona}}" * 50_000,
        "{{random:" + "a," * 100_000 + "}}",
        "{{if x}}" * 10_000,
        "{{roll:100d100000}}" * 10_000,
        "{{reverse:" * 40 + "x" * 50_000 + "}}" * 40,
    ],
    ids=lambda text: text[:20],
)
def test_a_text_made_to_grow_or_hang_does_neither(text: str) -> None:
    done = []
    assert thread_seconds(lambda: done.append(run(text, texts={"persona": "x" * 5_000}))) < 20
    assert len(done[0].text) < 1_000_000


@given(st.text(st.sampled_from("{}<>:,|/abchrsuegtmilndo \n"), max_size=60))
def test_any_text_ends(text: str) -> None:
    done = run(text)
    assert run(text) == done
    if "{{" not in text and "<" not in text:
        assert done.text == text


def test_trim_takes_the_line_breaks_around_it_in_linear_time() -> None:
    assert run("a\n{{trim}}\n\n{{trim}}\nb\n{{trim}}c").text == "abc"
    text = "\n" * 200_000 + "x"
    assert run(text).text == text
    assert thread_seconds(lambda: run(text)) < 2, "it would take half a minute in quadratic time"
