"""The turns of an API chat with a character, and what is read for the reply to the last message only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat.character_composer import CharacterComposer
from bot.chat.composer import RECENT_TURNS, Line
from bot.store.node import Node

Piece = str | tuple[int, ...]  # a text, or tokens to be read as they are


@dataclass(frozen=True, slots=True)
class ReadTurn:
    """A turn: what was said in it, and how it is read."""

    node: Node
    piece: Piece


@dataclass(frozen=True, slots=True)
class ForkedTurns:
    """The reply is drawn from ``pieces``, read after the first ``above`` turns (at least one)."""

    above: int
    pieces: tuple[Piece, ...]
    plain: int = 0  # number of leading pieces that are unchanged turns


def turn_of(place: int, said: str, answered: str, author: str) -> Node:
    """Return a turn that is not stored, at index ``place`` of the chat."""
    return Node(
        id=place + 1, channel=0, parent=place or None, kind="chat", author=author, input=said, output=answered,
    )  # fmt: skip


def forked_turns(character: CharacterComposer, turns: Sequence[ReadTurn], line: Line) -> ForkedTurns | None:
    """Return what is read for the reply to ``line``; None: nothing but the chat itself. The first turn is the root.

    Only the last turns are scanned, as on other platforms: if entries are sticky, the work grows with their square.
    """
    recent = turns[-RECENT_TURNS:]
    path = [_indexed(place, turn) for place, turn in enumerate(recent)]
    fork = character.turn(path, line).fork
    if fork is None or fork.start is None:
        return None
    pieces = (piece if isinstance(piece, str) else recent[piece[0]].piece for piece in fork.pieces)
    return ForkedTurns(len(turns) - len(recent) + path.index(fork.start) + 1, tuple(pieces))


def _indexed(place: int, turn: ReadTurn) -> Node:
    """Return the turn's node with its place in the chat as its only token.

    Random lorebook entries depend on the node's id, so a root's id must not depend on whether the root is stored.
    """
    node = turn.node
    read = (place,) if turn.piece or node.kind != "root" else ()
    return replace(node, id=0 if node.kind == "root" else node.id, input_tokens=read, output_tokens=())
