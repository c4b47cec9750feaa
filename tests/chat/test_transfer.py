"""Conversations as files: round trips, and a clear refusal of anything else."""

import gzip
import json
import tracemalloc
from dataclasses import replace

import pytest

from bot.chat import transfer
from bot.chat.transfer import Source, Tree, dump, parse
from bot.config.schema import WebSection
from bot.errors import InvalidOption
from bot.store.node import Node
from tests.fakes import FakeEngine

CODER = FakeEngine().coder


def turn(number: int, parent: int | None, **changes: object) -> Node:
    text = f"turn {number}"
    node = Node(
        id=number, channel=1, parent=parent, kind="chat" if parent else "root", author="Ann", speaker="Owl",
        input=text, output="well", read=text, written="well", vocabulary="v",
        input_tokens=tuple(CODER.encode(text)), output_tokens=tuple(CODER.encode("well")),
    )  # fmt: skip
    return replace(node, **changes)  # type: ignore[arg-type]


def source(*nodes: Node, head: int = 0, **changes: object) -> Source:
    whole = Source(
        nodes=nodes, head=head or nodes[-1].id, prompt="test", vocabulary="v", fingerprint="f", saves={}, settings={}
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def read(data: bytes, most: int = transfer.MAX_NODES) -> Tree:
    size = CODER.vocab_size
    return parse(data, CODER.encode, CODER.decode, vocabulary="v", vocabulary_size=size, most=most)


def test_what_goes_out_comes_in_again() -> None:
    nodes = (turn(5, None), turn(6, 5), turn(8, 6), turn(9, 6))
    tree = read(dump(source(*nodes, head=8, saves={"here": 6}, settings={"preset": "precise"}, state=b"abc")))
    assert [node.parent for node in tree.nodes] == [None, -1, -1, -2]
    assert [node.tokens for node in tree.nodes] == [node.tokens for node in nodes]
    assert {node.speaker for node in tree.nodes} == {"Owl"}
    assert (tree.head, tree.saves, tree.settings, tree.state) == (2, {"here": 1}, {"preset": "precise"}, b"abc")


def test_free_writing_comes_along_with_its_place() -> None:
    draft = turn(7, None, kind="draft", previous=6, sampling={"form": "gen", "lead": "Once"})
    more = turn(9, 7, kind="draft", previous=8)
    tree = read(dump(source(turn(5, None), turn(6, 5), draft, turn(8, 6), more, head=8)))
    assert [(node.kind, node.parent, node.previous) for node in tree.nodes] == [
        ("root", None, None), ("chat", -1, None), ("draft", None, -1), ("chat", -2, None), ("draft", -2, -1),
    ]  # fmt: skip
    assert tree.nodes[2].sampling == {"form": "gen", "lead": "Once"}


def test_the_text_of_a_long_file_never_stands_in_memory() -> None:
    words = "the owl sat in a tree " * 100
    long = source(turn(1, None), *(turn(number, number - 1, output=words, written=words) for number in range(2, 2000)))
    tracemalloc.start()
    try:
        data = dump(long)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(gzip.decompress(data)) > 8_000_000
    assert peak < 2_000_000


def test_long_files_are_compressed_and_come_in_again() -> None:
    nodes = [turn(1, None), *(turn(number, number - 1) for number in range(2, 2000))]
    data = dump(source(*nodes))
    assert transfer.is_packed(data)
    assert len(data) < WebSection().max_upload_mb << 20, "what the web page sends it takes back"
    assert len(read(data).nodes) == len(nodes)
    assert not transfer.is_packed(dump(source(turn(1, None))))


@pytest.mark.parametrize("bomb", [b" ", b"{"])
def test_what_unpacks_to_too_much_is_refused_without_unpacking_it(bomb: bytes) -> None:
    data = gzip.compress(bomb * (2 * transfer.MAX_BYTES), compresslevel=1)
    with pytest.raises(InvalidOption, match="the limit is 64 MB"):
        read(data)


def test_a_damaged_file_is_named_so() -> None:
    packed = gzip.compress(b"x" * 1000)
    for data in (packed[:-9], transfer.GZIP + b"nonsense"):
        with pytest.raises(InvalidOption, match="damaged"):
            read(data)


def test_turns_name_the_vocabulary_of_their_tokens() -> None:
    """The model may change before they are committed."""
    tree = read(dump(source(turn(5, None), turn(6, 5))))
    assert [(node.vocabulary, node.read, node.written) for node in tree.nodes] == [
        ("v", "turn 5", "well"), ("v", "turn 6", "well"),
    ]  # fmt: skip


def test_a_characters_card_is_told_where_it_belongs() -> None:
    for card in ({"spec": "chara_card_v2", "data": {}}, {"name": "Mira", "first_mes": "Ahoy."}):
        with pytest.raises(InvalidOption, match="character import"):
            read(json.dumps(card).encode())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "chat", "parent": None}, "only a root has no parent"),
        ({"parent": 2}, "does not come before it"),
        ({"kind": "draft", "previous": 7}, "does not come before it"),
        ({"parent": 1}, "follows free writing"),
        ({"created": "0001-01-01T00:00:00"}, "from 1970 to 2200"),
        ({"created": "9999-12-31T23:59:59-12:00"}, "from 1970 to 2200"),
    ],
)
def test_wrong_turns_are_named(changes: dict[str, object], words: str) -> None:
    nodes = (turn(1, None), turn(2, None, kind="draft", previous=1), turn(3, 1))
    table = json.loads(dump(source(*nodes)))
    table["nodes"][2] |= changes
    with pytest.raises(InvalidOption, match=words):
        read(json.dumps(table).encode())


def test_head_and_saves_stand_on_turns_of_the_conversation() -> None:
    table = json.loads(dump(source(turn(1, None), turn(2, None, kind="draft", previous=1), head=1)))
    for wrong in ({"head": 1}, {"head": 9}, {"saves": {"x": 1}}, {"saves": {"x": -1}}):
        with pytest.raises(InvalidOption, match="a turn that is not in it"):
            read(json.dumps(table | wrong).encode())


def test_more_turns_than_allowed() -> None:
    with pytest.raises(InvalidOption, match="2 turns; the limit here is 1"):
        read(dump(source(turn(1, None), turn(2, 1))), most=1)
