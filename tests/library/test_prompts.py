"""Prompts as text: nothing that a person types can imitate a turn."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library.prompts import JOINERS, ChatPrompt, clean_name, clean_text

PROMPT = ChatPrompt(name="test", text="{user} meets {bot}.")
ANY_TEXT = st.text(alphabet=st.characters(codec=None)) | st.text(alphabet="a:\n\r \u2028\u200b\x00\u202eUser\u3000\t")


def test_a_conversation_as_the_model_reads_it() -> None:
    assert PROMPT.start() == "User meets Assistant."
    assert PROMPT.turn("hi") == "\n\nUser: hi\n\nAssistant:"
    assert PROMPT.turn("hi", first=True) == "User: hi\n\nAssistant:"
    assert PROMPT.line("hi", "Bo") == "\n\nBo: hi"
    assert PROMPT.cue() == "\n\nUser:"
    assert ChatPrompt(name="x", text="A.\n\n\n", greeting=" hello ").start() == "A.\n\nAssistant: hello"
    assert ChatPrompt(name="x", greeting="hello").start() == "Assistant: hello"
    assert ChatPrompt(name="x", text="\n").start() == ""


@given(ANY_TEXT)
def test_a_persons_text_is_one_block(text: str) -> None:
    cleaned = clean_text(text)
    assert "\n\n" not in cleaned
    assert not any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in cleaned)
    assert all(line.strip() for line in cleaned.split("\n")) or not cleaned
    assert clean_text(cleaned) == cleaned
    cleaned.encode()  # no lone surrogate is left
    rendered = PROMPT.turn(text)
    assert rendered.count("\n\n") == 2, "two gaps: before the person's line, and before the cue"


@given(ANY_TEXT, st.sampled_from([":", "："]))
def test_a_name_is_one_word_group_without_a_separator(name: str, separator: str) -> None:
    cleaned = clean_name(name + separator + name)
    assert len(cleaned) <= 32
    assert not set(cleaned) & set("\n\r:：\u2028\u202e")
    assert clean_name(cleaned) == cleaned


@given(ANY_TEXT)
def test_nobody_speaks_as_the_bot(name: str) -> None:
    for disguise in (
        name,
        "Assistant",
        "ASSISTANT",
        " assistant:",
        "Ａssistant",
        "Assi\u200bstant",
        f"{name}Assistant",
    ):
        shown = unicodedata.normalize("NFKC", PROMPT.speaker(disguise)).casefold()
        assert shown
        assert shown != "assistant"


@pytest.mark.parametrize("sign", ["\u3164", "\ufe0f", "\u2800", "\u034f", "\u115f", "\uffa0", "\u200d"])
def test_signs_that_show_nothing_make_no_other_name_and_no_line(sign: str) -> None:
    for disguise in (f"Assistant{sign}", f"Assi{sign}stant", f"{sign}Assistant", f"Assistant {sign}"):
        assert PROMPT.speaker(disguise).endswith("-2"), "it looks like the bot's own"
    assert clean_text(f"one\n{sign} \ntwo") == "one\ntwo"
    assert clean_text(f"I ❤{sign} owls") == f"I ❤{sign} owls"


def test_text_of_any_script_stays_as_it_is() -> None:
    for text in ("你好，世界", "مرحبا", "👩\u200d👩\u200d👧 ok", "a\tb", "one\ntwo", "नमस्\u200dते"):
        assert clean_text(text) == text
    assert clean_text("one\r\n\r\n \u3000\ntwo\u2029three") == "one\ntwo\nthree"
    assert clean_text(JOINERS) == ""


def test_stop_strings_hold_every_speaker() -> None:
    stops = PROMPT.stops(["Bo", "Assistant", "x\n\ny"])
    for stop in ("\n\n", "\n\nUser:", "\nUser:", "\n\nAssistant:", "\nBo:", "\nAssistant-2:", "\nx y:"):
        assert stop in stops
    assert len(PROMPT.stops([f"n{index}" for index in range(100)])) < 50


@pytest.mark.parametrize(
    ("think", "cue", "text", "shown"),
    [
        ("none", "", " Hi. ", "Hi."),
        ("off", " <think>\n</think>", "\nHi.", "Hi."),
        ("on", " <think", ">\nhm || hm\n</think>\n\nHi.", "Hi."),
        ("on", " <think", ">\nhm", ""),
        ("spoiler", " <think", ">\nhm || hm\n</think>\n\nHi.", "||hm | | hm||\nHi."),
        ("spoiler", " <think", ">\nhm", "||hm||"),
    ],
)
def test_think_modes(think: str, cue: str, text: str, shown: str) -> None:
    prompt = ChatPrompt(name="x", think=think)  # type: ignore[arg-type]  # parametrised by plain strings
    assert prompt.turn("hi").endswith(f"\n\nAssistant:{cue}")
    assert prompt.shown(text) == shown
