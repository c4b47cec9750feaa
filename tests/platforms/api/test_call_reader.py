"""Function calls, however their text is split."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.platforms.api.call_reader import CallReader

VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=8,
)


def read(text: str, sizes: list[int]) -> list[tuple[str, str, bool]]:
    reader, found = CallReader(), []
    while text:
        size = sizes.pop() if sizes else 1
        for piece in reader.push(text[:size]):
            if piece.name:
                found.append((piece.name, "", False))
            name, arguments, done = found[piece.place]
            found[piece.place] = (name, arguments + piece.arguments, done or piece.done)
        text = text[size:]
    return found


@given(some.lists(VALUES, min_size=1, max_size=4), some.lists(some.integers(1, 40), max_size=50), some.booleans())
def test_what_was_written_is_read(values: list[object], sizes: list[int], spaces: bool) -> None:
    calls = [{"name": f"f.{place}", "arguments": value} for place, value in enumerate(values)]
    separators = (", ", ": ") if spaces else (",", ":")
    found = read(json.dumps(calls, separators=separators, ensure_ascii=False), sizes)
    assert [(name, json.loads(arguments), done) for name, arguments, done in found] == [
        (call["name"], call["arguments"], True) for call in calls
    ]


@pytest.mark.parametrize("text", ['[{"name":"f"', "[1]", "", '[{"name":"f","arguments":'])
def test_a_call_without_arguments_is_none_yet(text: str) -> None:
    assert read(text, []) == []


def test_a_call_that_is_cut_is_not_done() -> None:
    assert read('[{"name":"f","arguments":{"a":"}', []) == [("f", '{"a":"}', False)]
