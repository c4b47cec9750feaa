"""Incremental parser for function calls: ``[{"name":"f","arguments":{...}},...]``, the form the grammar enforces."""

import re
from typing import NamedTuple

HEAD = re.compile(r'\{\s*"name"\s*:\s*"([^"\\]*)"\s*,\s*"arguments"\s*:\s*')


class CallPiece(NamedTuple):
    """A piece of a call."""

    place: int  # index of the call
    name: str = ""  # only in a call's first piece
    arguments: str = ""  # the next part of the JSON text
    done: bool = False


class CallReader:
    """Parses a list of calls piece by piece."""

    def __init__(self) -> None:
        self._place = -1
        self._head = ""  # of a call whose arguments have not started
        self._inside = False  # whether the parser is inside a call's arguments
        self._depth = 0
        self._quoted = False
        self._escaped = False

    def push(self, text: str) -> list[CallPiece]:
        """Parse ``text`` and return the new pieces."""
        found: list[CallPiece] = []
        while text:
            if not self._inside:
                text = self._find_head(text, found)
            else:
                size, done = self._measure(text)
                if size or done:
                    found.append(CallPiece(self._place, arguments=text[:size], done=done))
                self._inside = not done
                text = text[size + done :]
        return found

    def _find_head(self, text: str, found: list[CallPiece]) -> str:
        """Start a call once its head is complete. Return what follows the head."""
        self._head += text
        head = HEAD.search(self._head)
        if head is None or head.end() == len(self._head):  # the head may end in more white space
            return ""
        rest, self._head = self._head[head.end() :], ""
        self._place += 1
        self._inside, self._depth = True, 0
        found.append(CallPiece(self._place, name=head[1]))
        return rest

    def _measure(self, text: str) -> tuple[int, bool]:
        """Return the length of the arguments in ``text``, and whether the call's closing brace follows."""
        for place, char in enumerate(text):
            if self._quoted:
                if self._escaped:
                    self._escaped = False
                elif char == "\\":
                    self._escaped = True
                elif char == '"':
                    self._quoted = False
            elif char == '"':
                self._quoted = True
            elif char in "{[":
                self._depth += 1
            elif char in "}]":
                if self._depth == 0:
                    return place, True
                self._depth -= 1
        return len(text), False
