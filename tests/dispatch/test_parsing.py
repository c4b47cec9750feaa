"""Parsing of messages and commands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.builtin import built_in
from bot.dispatch.parsing import CommandText, check_arguments, read_arguments, split_call, split_sampling
from bot.engine.types import SamplingParams
from bot.errors import InvalidOption, UserError
from bot.sampling import BY_NAME, PARAMETERS, find_parameter

REGISTRY = built_in()


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("+", CommandText("+", "")),
        ("++", CommandText("++", "")),
        (" +++ ", CommandText("+++", "")),
        ("＋", CommandText("+", "")),
        ("+ -temp=0.5", CommandText("+", "-temp=0.5")),
        ("+gen a b", CommandText("gen", "a b")),
        ("/gen\na", CommandText("gen", "a")),
        ("／help undo", CommandText("help", "undo")),
        ("+i  x", CommandText("i", "x")),
        ("+帮助", CommandText("帮助", "")),
    ],
)
def test_calls(text: str, call: CommandText) -> None:
    assert split_call(text) == call


@pytest.mark.parametrize(
    "text", ["hello", "+ more", "+1", "1 + 1", "/usr/bin/env", "++x", "a +gen b", "", "+!", "+gen!x", "/"]
)
def test_plain_talk(text: str) -> None:
    assert split_call(text) is None


def test_sampling_options_anywhere() -> None:
    found = split_sampling('-t=0.5 say -topp=0.25 it -bias=11:-2.5,3:1 -freq=0.1 -n=2 -prefix="Well, " now')
    assert found.text == "say  it   now" or found.text.split() == ["say", "it", "now"]
    assert found.sampling == {
        "temperature": 0.5, "top_p": 0.25, "logit_bias": [[11, -2.5], [3, 1.0]], "frequency_penalty": 0.1,
    }  # fmt: skip
    assert found.turn == {"n": 2, "prefix": "Well, "}


def test_what_is_no_option_stays() -> None:
    text = "a -x=1 --temp=3 b-temp=2 -temp 5 -temp"
    assert split_sampling(text).text == text


WRONG = (
    "-temp= -temp=x -temp=nan -temp=inf -top_k=1.5 -top_k=1e400 -n=0 -n=99 -n=x -seed=-1 -ban=x -bias=1 -bias=1:nan"
    " -newline_schedule=7"
)


@pytest.mark.parametrize("option", WRONG.split())
def test_wrong_values_name_what_is_right(option: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        split_sampling(f"hello {option}")
    name = option[1:].partition("=")[0]
    found = find_parameter(name)
    assert (found.range() if found else "1 – 8") in str(caught.value)


def test_every_sampling_parameter_can_be_set() -> None:
    assert {item.name for item in PARAMETERS} == set(SamplingParams.__dataclass_fields__)
    assert len(BY_NAME) == sum(1 + len(item.short) for item in PARAMETERS), "no short name stands for two"


def test_marked_options() -> None:
    ask = REGISTRY.require("ask")
    for text in ("Why? context: a b c cfg: 2", "cfg=2 context: a b c question: Why?", "cfg:2 Why? context:a b c",
                 "Why? context: a b c -cfg=2", "Why? context：a b c cfg: 2"):  # fmt: skip
        assert read_arguments(ask, text) == {"question": "Why?", "context": "a b c", "cfg": 2.0}, text
    assert read_arguments(ask, "Why? context:\nline one\nline two")["context"] == "line one\nline two"


def test_words_and_quotes() -> None:
    block = REGISTRY.require("block")
    assert read_arguments(block, 'USER "a b" on') == {"kind": "user", "id": "a b", "remove": True}
    assert read_arguments(block, 'user "a') == {"kind": "user", "id": '"a', "remove": False}
    assert check_arguments(REGISTRY.require("undo"), {"turns": 3.0}) == {"turns": 3}
    for wrong in (True, 2.5, "1e3", "9" * 400, float("inf"), [1]):
        with pytest.raises(InvalidOption):
            check_arguments(REGISTRY.require("undo"), {"turns": wrong})


@given(st.sampled_from(list(REGISTRY)), st.text())
def test_any_text_is_read_or_refused(command: object, text: str) -> None:
    item = REGISTRY.require(getattr(command, "name", ""))
    try:
        sampled = split_sampling(text, item)
        values = read_arguments(item, sampled.text)
    except UserError:
        return
    assert set(values) == {option.name for option in item.options}


@given(st.text())
def test_any_text_is_talk_or_a_call(text: str) -> None:
    call = split_call(text)
    if call is not None:
        assert call.name
        assert text.strip()[0] in "+/＋／"
