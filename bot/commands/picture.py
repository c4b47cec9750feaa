"""Renders the tree of turns: as a single line, a transcript, text with branches, or SVG."""

from collections.abc import Iterator, Sequence
from html import escape

from bot.store.node import Node

WIDTH = 48  # characters per turn
ROW, COLUMN, RADIUS = 28, 22, 6  # pixels
MAX_LINES = 200


def line(node: Node, width: int = WIDTH) -> str:
    """Return a turn in one line: the input and the start of the output."""
    if node.kind == "root":
        return f"({node.author or 'start'})"
    if node.kind == "stage":
        return f"(→ {node.scene['enter'].get('name')})" if "enter" in node.scene else f"({node.scene.get('leave')} →)"
    said = " ".join(node.input.split())
    answered = " ".join(node.output.split())
    whole = f"{said} → {answered}" if said and answered else said or f"… {answered}"
    if node.kind == "line":
        whole = f"{node.speaker}: {answered}" if node.speaker else answered
    return whole if len(whole) <= width else f"{whole[: width - 1]}…"


def transcript(nodes: Sequence[Node], bot: str) -> str:
    """Return the turns in full, oldest first."""
    parts = []
    for node in nodes:
        if node.kind in ("root", "stage"):
            continue
        if node.kind == "line":
            parts.append(
                f"`{node.id}` **{node.speaker}**: {node.output}" if node.speaker else f"`{node.id}` {node.output}"
            )
            continue
        if node.input:
            parts.append(f"`{node.id}` **{node.author}**: {node.input}")
        if node.output:
            parts.append(f"**{node.speaker or bot}**: {node.output}")
    return "\n".join(parts)


def _children(nodes: Sequence[Node]) -> dict[int | None, list[Node]]:
    known = {node.id for node in nodes}
    found: dict[int | None, list[Node]] = {}
    for node in nodes:
        found.setdefault(node.parent if node.parent in known else None, []).append(node)
    return found


def walk(nodes: Sequence[Node]) -> Iterator[tuple[Node, int]]:
    """Yield every turn with its column, depth first. Only children stay in the parent's column; siblings move right.

    Iterative, since a conversation may be thousands of turns deep.
    """
    children = _children(nodes)
    stack = [(node, 0) for node in reversed(children.get(None, []))]
    while stack:
        node, column = stack.pop()
        yield node, column
        below = children.get(node.id, [])
        aside = column + 1 if len(below) > 1 else column
        stack += [(child, aside) for child in reversed(below)]


Rows = list[tuple[Node, int]]  # turns from top to bottom, with their columns


def rows(nodes: Sequence[Node], head: int, most: int = MAX_LINES) -> tuple[Rows, int]:
    """Return the rows to draw, around HEAD, and the number of rows left out above them."""
    every = list(walk(nodes))
    if len(every) <= most:
        return every, 0
    at = next((place for place, (node, _) in enumerate(every) if node.id == head), len(every))
    start = max(0, min(at - most // 2, len(every) - most))
    return every[start : start + most], start


def text(drawn: Rows, head: int, above: int = 0) -> str:
    """Return rows of the tree as text, with HEAD marked."""
    lines = [f"… {above} more"] if above else []
    for node, column in drawn:
        names = "".join(f" [{name}]" for name in node.names)
        mark = "▶" if node.id == head else "·"
        lines.append(f"{'│ ' * column}{mark} {node.id:<4} {line(node)}{names}".replace("`", "'"))
    return "\n".join(lines)


def svg(drawn: Rows, head: int) -> str:
    """Return rows of the tree as a standalone SVG image, readable on light and dark backgrounds."""
    places = {node.id: (index, column, node) for index, (node, column) in enumerate(drawn)}
    width = COLUMN * (max(column for _, column, _ in places.values()) + 2) + 420
    height = ROW * (len(places) + 1)
    lines, dots = [], []
    for index, column, node in places.values():
        x, y = COLUMN * (column + 1), ROW * (index + 1)
        if node.parent in places:
            above, left, _ = places[node.parent]
            lines.append(f'<path d="M{COLUMN * (left + 1)} {ROW * (above + 1)}V{y - 8}L{x} {y}" />')
        fill = "#e8590c" if node.id == head else "#4c6ef5"
        names = "".join(f" [{name}]" for name in node.names)
        dots.append(f'<circle cx="{x}" cy="{y}" r="{RADIUS}" fill="{fill}"/>')
        dots.append(f'<text x="{x + 12}" y="{y + 4}">{node.id} {escape(printable(line(node) + names))}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="13">'
        '<rect width="100%" height="100%" fill="#f8f9fa"/>'
        f'<g fill="none" stroke="#adb5bd" stroke-width="2">{"".join(lines)}</g>{"".join(dots)}</svg>'
    )


def printable(words: str) -> str:
    """Remove the control characters that XML does not allow."""
    return "".join(char for char in words if char >= " " and char not in "\x7f\ufffe\uffff")
