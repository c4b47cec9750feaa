"""Text logs: speakers are detected, in linear time."""

import contextlib

import pytest

from bot.chat.text_log import parse_log
from bot.errors import InvalidOption
from tests.timing import thread_seconds


def turns(text: str) -> list[tuple[str, str]]:
    return [(node.input, node.output) for node in parse_log(text, 1000)[1:]]


def test_two_speakers_in_turn() -> None:
    nodes = parse_log("A talk about owls.\n\nBob: hello\n\nAlice: Hi!\nHow are you?\r\n\r\nBob: fine", 1000)
    assert nodes[0].input == "A talk about owls."
    assert [(node.author, node.input, node.speaker, node.output) for node in nodes[1:]] == [
        ("Bob", "hello", "Alice", "Hi!\nHow are you?"),
        ("Bob", "fine", "", ""),
    ]


@pytest.mark.parametrize(
    "paragraph",
    [
        "https://example.org/a",
        "Note: this is important.",
        "```python\nprint(1)\n\nfor x in y:\n    print(x)\n\nBot: not this one\n```",
        "def f(x): return x",
        "10:30 is when it starts.",
        "说明：这很重要。",
    ],
)
def test_a_paragraph_of_the_reply_is_no_new_speaker(paragraph: str) -> None:
    log = f"User: see\n\nBot: Look here.\n\n{paragraph}\n\nUser: ok\n\nBot: yes"
    assert turns(log) == [("see", f"Look here.\n\n{paragraph}"), ("ok", "yes")]


def test_one_exchange_is_a_log_too() -> None:
    assert turns("User: 你好\n\nBot：你好！") == [("你好", "你好！")]
    assert turns("Bob: one\n\nOwl: two\n\nBob: three\n\nNote: four") == [("one", "two"), ("three\n\nNote: four", "")]


def test_others_than_the_first_are_the_bot() -> None:
    log = "Ann: one\n\nOwl: two\n\nFox: three\n\nAnn: four\n\nOwl: five\n\nFox: six"
    assert turns(log) == [("one", "two"), ("", "three"), ("four", "five"), ("", "six")]


def test_just_words_are_no_log() -> None:
    for text in ("just words", "", "https://example.org/a"):
        with pytest.raises(InvalidOption, match="neither"):
            parse_log(text, 1000)
    with pytest.raises(InvalidOption, match="too large"):
        parse_log("A: x\n\nB: y\n\n" * 600, 1000)


@pytest.mark.parametrize(
    "text", ["User: hi\n\n" + "ab\n\n" * 200_000, "User: hi" + "\n\n```" * 200_000, "a:" * 500_000]
)
def test_a_large_log_takes_time_in_proportion(text: str) -> None:
    def parse(part: str) -> None:
        with contextlib.suppress(InvalidOption):
            parse_log(part, 100)

    parse(text[:1000])
    small = thread_seconds(lambda: parse(text[: len(text) // 8]))
    large = thread_seconds(lambda: parse(text))
    assert large < 8 * 8 * max(small, 0.01), "a quadratic one would take 64 times as long"
