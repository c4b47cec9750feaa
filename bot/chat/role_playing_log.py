"""Logs of RWKV_Role_Playing as turns. They continue from the root of the channel that imports them."""

from collections.abc import Sequence
from dataclasses import replace

from bot.errors import InvalidOption
from bot.library.cards.chat_logs import LoggedLine, read_chat_log
from bot.library.cards.repairs import Repairs
from bot.library.prompts import clean_name, typed_text
from bot.store.node import Node

PERSON, BOT = "User", "Assistant"  # used if a log in the first format names nobody


def role_playing_turns(data: bytes, most: int) -> list[Node]:
    """Parse a log; the root comes first, and a parent of -1 is the previous node. Raises InvalidOption.

    ``most``: maximum number of turns.
    """
    nodes = [Node(id=0, channel=0, parent=None, kind="root", author="log")]
    for line in read_chat_log(data, Repairs()):
        last = nodes[-1]
        if not line.person and last.kind != "root" and last.input and not last.output:
            nodes[-1] = _answered(last, line)
        elif line.person:
            author = clean_name(line.speaker) or PERSON
            nodes.append(_turn(replace(last, author=author), typed_text(line.text)))
        else:
            nodes.append(_answered(_turn(last, ""), line))
        if len(nodes) > most:
            raise InvalidOption("The file is too large: the limit is {most} turns.", most=most)
    if len(nodes) == 1:
        raise InvalidOption("The chat log is empty.")
    return nodes


def continued(root: Node, nodes: Sequence[Node]) -> tuple[list[Node], int]:
    """Return a log's turns under another root and the index of the last. Drops a repeated greeting."""
    turns = list(nodes[1:])
    if root.output and not turns[0].input and turns[0].output.split() == root.output.split():
        del turns[0]
    return [replace(root, id=0), *turns], len(turns)


def _turn(last: Node, text: str) -> Node:
    author = PERSON if last.kind == "root" and last.author == "log" else last.author
    return Node(id=0, channel=0, parent=-1, kind="imported", author=author, input=text)


def _answered(node: Node, line: LoggedLine) -> Node:
    speaker = clean_name(line.speaker) or BOT
    return replace(node, output=typed_text(line.text), speaker=speaker, finish_reason="stop")
