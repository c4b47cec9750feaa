"""RWKV_Role_Playing logs of both formats become turns."""

import json

import pytest

from bot.chat.role_playing_log import continued, role_playing_turns
from bot.errors import InvalidOption
from bot.store.node import Node

NEW = [
    {"input": None, "output": {"char": "Rin", "msg": "Hello."}},
    {"input": {"char": "Bob", "msg": "Hi\n\nRin"}, "output": {"char": "Rin", "msg": "Well?"}},
    {"input": None, "output": {"char": "Kai", "msg": "I am here too."}},
    {"input": {"char": "Bob", "msg": "Oh"}, "output": None},
]
OLD = [{"input": "Hi", "output": "Hello."}, {"input": "", "output": "More."}]


def turns(log: object, most: int = 100) -> list[tuple[str, str, str, str]]:
    nodes = role_playing_turns(json.dumps(log).encode(), most)
    assert nodes[0].kind == "root"
    return [(node.author, node.input, node.speaker, node.output) for node in nodes[1:]]


def test_both_forms() -> None:
    assert turns(NEW) == [
        ("User", "", "Rin", "Hello."), ("Bob", "Hi\n\nRin", "Rin", "Well?"), ("Bob", "", "Kai", "I am here too."),
        ("Bob", "Oh", "", ""),
    ]  # fmt: skip
    assert turns(OLD) == [("User", "Hi", "Assistant", "Hello."), ("User", "", "Assistant", "More.")]


def test_bounds() -> None:
    with pytest.raises(InvalidOption, match="limit is 2"):
        turns(NEW, 2)
    for wrong in ([], [1], [{"x": 1}]):
        with pytest.raises(InvalidOption):
            turns(wrong)


def test_a_greeting_is_not_said_twice() -> None:
    nodes = role_playing_turns(json.dumps(NEW).encode(), 100)
    greeted = Node(id=5, channel=1, parent=None, kind="root", output="Hello.")
    assert [node.output for node in continued(greeted, nodes)[0]] == ["Hello.", "Well?", "I am here too.", ""]
    ready, head = continued(Node(id=5, channel=1, parent=None, kind="root", output="Ahoy."), nodes)
    assert (len(ready), head) == (5, 4)
