"""Pictures of the turn tree."""

from typing import Any
from xml.etree import ElementTree

import pytest

from bot.commands.picture import MAX_LINES, line, rows, svg, text, transcript, walk
from bot.store.node import Node


def node(number: int, parent: int | None, said: str = "", output: str = "", **more: Any) -> Node:
    fields: dict[str, Any] = {"author": "Ann", "kind": "root" if parent is None else "chat"}
    return Node(id=number, channel=1, parent=parent, input=said, output=output, **(fields | more))


TREE = [
    node(1, None),
    node(2, 1, "hi", "hello"),
    node(3, 2, "why", "so"),
    node(4, 2, "why", "because"),
    node(5, 4, "ok", "fine"),
]


@pytest.mark.parametrize(
    ("turn", "shown"),
    [
        (node(1, None), "(Ann)"),
        (node(2, 1, "a\n\nb", "c"), "a b → c"),
        (node(2, 1, "", "c"), "… c"),
        (node(2, 1, "x" * 100), "x" * 47 + "…"),
        (node(2, 1, output="Ahoy.", kind="line", speaker="Mira"), "Mira: Ahoy."),
        (node(2, 1, kind="stage", scene={"leave": "Tom"}), "(Tom →)"),
    ],
)
def test_a_turn_in_a_line(turn: Node, shown: str) -> None:
    assert line(turn) == shown


def test_an_only_child_stays_in_its_column() -> None:
    assert [(each.id, column) for each, column in walk(TREE)] == [(1, 0), (2, 0), (3, 1), (4, 1), (5, 1)]


def test_text_marks_where_one_is_and_breaks_no_code_block() -> None:
    drawn, above = rows([*TREE, node(6, 5, "```", "`")], head=4)
    shown = text(drawn, 4, above)
    assert [row.strip("│ ")[:3] for row in shown.splitlines() if "▶" in row] == ["▶ 4"]
    assert "`" not in shown


def test_a_large_tree_is_drawn_around_head() -> None:
    deep = [node(1, None), *(node(number, number - 1, str(number), "x") for number in range(2, 50_001))]
    drawn, above = rows(deep, head=30_000)
    assert len(drawn) == MAX_LINES
    assert drawn[0][0].id == above + 1
    assert any(each.id == 30_000 for each, _ in drawn)


def test_the_picture_is_xml_whatever_was_said() -> None:
    nasty = [node(1, None), node(2, 1, "<script>&\x00\x1b\ufffe\"'", "]]>")]
    ElementTree.fromstring(svg(rows(nasty, 2)[0], 2))  # noqa: S314  # our own


def test_the_transcript_names_who_spoke() -> None:
    assert transcript(TREE[:2], "Roost") == "`2` **Ann**: hi\n**Roost**: hello"
    assert transcript([node(2, 1, "hi", "yes", speaker="Mira")], "Roost").endswith("**Mira**: yes")
