"""Splits long replies into messages without breaking a character, a mention, a link or a code block.

Every piece takes at least half of the text that fits, so the number of pieces is bounded for any text.
"""

import re
from dataclasses import dataclass
from itertools import accumulate

from wcwidth import iter_graphemes

LIMIT = 2000  # characters per Discord message
MAX_INFO_LENGTH = 40  # characters of a fence's info string to repeat on the next piece
RESERVE = 9  # characters reserved for the line that closes a fence
FENCE = re.compile(
    r"(?P<ticks>(?<!`)`{3,8}(?!`))(?P<head>[^\n`]*)|^ {0,3}(?P<tildes>~{3,8}(?!~))(?P<tail>[^\n]*)", re.MULTILINE
)
TILDES = re.compile(r"^( {0,3})~{3,8}(?=[^~\n]*$)", re.MULTILINE)
UNCUT = re.compile(r"<(?:@[!&]?|#|a?:\w+:|t:|/[\w -]+:)[^<>\s]{0,40}>|https?://\S+|`{3,}[^\n`]{0,40}\n|`{2,}|~{3,}")
PROSE_BREAKS = ("\n\n", "\n", ". ", "。", "! ", "? ", "！", "？", " ")
CODE_BREAKS = ("\n", " ")


@dataclass(frozen=True, slots=True)
class Fence:
    """An open code block: how it was opened, and where its content begins."""

    marker: str
    head: str
    opened: int
    content: int

    @property
    def reopened(self) -> str:
        """The line that reopens it on the next piece."""
        return f"{self.marker}{self.head}\n"


def split(text: str, limit: int = LIMIT) -> list[str]:
    """Split into pieces of at most ``limit`` characters. Code blocks are closed and reopened across pieces."""
    pieces: list[str] = []
    fence: Fence | None = None
    start = 0
    while True:
        prefix = fence.reopened if fence and len(fence.reopened) <= limit // 3 else f"{fence.marker}\n" if fence else ""
        if len(prefix) + len(text) - start <= limit:
            rest = prefix + text[start:]
            return [*pieces, rest] if text[start:].strip() or not pieces else pieces
        size = limit - len(prefix) - RESERVE
        window = text[start : start + size + MAX_INFO_LENGTH]
        inside, cut = _cut(window, size, fence)
        body = window[:cut]
        start += cut
        if inside is None:
            pieces.append(prefix + body.rstrip())
            start += _leading(text, start, "\n" if body.endswith("\n") else " ")
        else:
            pieces.append(f"{prefix}{body.rstrip()}\n{inside.marker}")
            start += text.startswith("\n", start)
            if (end := re.compile(rf"\s*{re.escape(inside.marker)}[^\S\n]*(?:\n|$)").match(text, start)) is not None:
                start, inside = end.end(), None  # the block ends here anyway
        if not body.strip():
            pieces.pop()
        fence = inside


def open_fence(text: str) -> str | None:
    """Return the language of the code block left open at the end of ``text`` ("" if unnamed), or None."""
    fence = _open_at_end(text, None)
    return None if fence is None else fence.head


def closed(text: str) -> str:
    """Close an open code block, for showing a partial reply."""
    fence = _open_at_end(text, None)
    return text if fence is None else f"{text.rstrip()}\n{fence.marker}"


def backticked(text: str) -> str:
    """Replace ``~~~`` fences by backticks, the only fences that Discord supports."""
    found: list[str] = []
    fence: Fence | None = None
    for line in text.split("\n"):
        own = fence is None or fence.marker.startswith("~")
        if own and fence is None:
            found.append(TILDES.sub(lambda match: match[1] + "```", line))
        else:
            found.append("```" if own and TILDES.fullmatch(line.rstrip()) else line)
        fence = _open_at_end(line, fence)
    return "\n".join(found)


def _leading(text: str, start: int, spaces: str) -> int:
    end = start
    while end < len(text) and text[end] in spaces:
        end += 1
    return end - start


def _open_at_end(text: str, fence: Fence | None) -> Fence | None:
    """Return the code block that is open after ``text``, which begins inside ``fence``."""
    for match in FENCE.finditer(text):
        marker = match["ticks"] or match["tildes"]
        if fence is None:
            head = match["head"] or match["tail"] or ""
            name = head.strip() if len(head) <= MAX_INFO_LENGTH else ""  # longer: the code starts on this line
            fence = Fence(
                marker, name, match.start(), match.end() if len(head) <= MAX_INFO_LENGTH else match.end("ticks")
            )
        elif marker[0] == fence.marker[0] and len(marker) >= len(fence.marker):
            fence = None if not match["tildes"] or not match["tail"].strip() else fence
    return fence


def _cut(window: str, size: int, fence: Fence | None) -> tuple[Fence | None, int]:
    """Return the open code block at the cut, and where to cut ``window``: between half of ``size`` and ``size``."""
    least = max(1, size // 2)
    cut = _place(window, size, least, code=_open_at_end(window[:size], fence) is not None)
    inside = _open_at_end(window[:cut], fence)
    if (
        inside is not None
        and inside is not fence
        and inside.opened >= least
        and not window[inside.content : cut].strip()
    ):
        return None, inside.opened  # none of its code is in this piece yet
    return inside, cut


def _place(window: str, size: int, least: int, *, code: bool) -> int:
    """Return the position after the last good break, else outside of unbreakable spans, else between characters."""
    whole = [match.span() for match in UNCUT.finditer(window)]
    for mark in CODE_BREAKS if code else PROSE_BREAKS:
        cut = window.rfind(mark, least, size)
        if cut >= 0 and not any(begin < cut + len(mark) < end for begin, end in whole):
            return cut + len(mark)
    edges = [edge for edge in accumulate(len(each) for each in iter_graphemes(window)) if least <= edge <= size]
    uncut = [edge for edge in edges if not any(begin < edge < end for begin, end in whole)]
    return (uncut or edges or [size])[-1]
