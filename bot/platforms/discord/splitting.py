"""Long replies as several Discord messages: nothing lost, no character, mention or code fence cut in two."""

import re

LIMIT = 2000  # characters of a message, counted by Discord in UTF-16 units beyond the basic plane as one each
FENCE = re.compile(r"^(```+)([\w+-]*)[^\S\n]*$", re.MULTILINE)
UNCUT = re.compile(r"<(?:@[!&]?|#|a?:\w+:|t:|/[\w -]+:)[^<>\s]{0,40}>|https?://\S+")
JOINERS = "\u200d\ufe0f\ufe0e"  # a character goes on after these, or they go on with the one before
BREAKS = ("\n\n", "\n", ". ", "。", "! ", "? ", "！", "？", " ")


def split(text: str, limit: int = LIMIT) -> list[str]:
    """Pieces of at most ``limit`` characters. A code fence that is cut is closed and opened again with its language."""
    pieces: list[str] = []
    reopened = ""
    rest = text
    while True:
        whole = reopened + rest
        if len(whole) <= limit:
            return [*pieces, whole] if whole.strip() or not pieces else pieces
        room = limit - 4  # for "\n```"
        cut = _place(whole, room, len(reopened))
        piece, rest = whole[:cut], whole[cut:]
        fence = open_fence(piece)
        if fence is None:
            rest = rest.lstrip("\n") if piece.endswith("\n") else rest.lstrip(" ")
            pieces.append(piece.rstrip())
            reopened = ""
        else:
            pieces.append(f"{piece.rstrip()}\n```")
            rest = rest.removeprefix("\n")
            reopened = f"```{fence}\n"


def open_fence(text: str) -> str | None:
    """The language of the code fence that is open at the end of ``text`` ("" for none named), or None."""
    language: str | None = None
    for match in FENCE.finditer(text):
        language = match[2] if language is None else None
    return language


def closed(text: str) -> str:
    """``text`` with an open fence closed: what a frame of a growing reply shows."""
    return text if open_fence(text) is None else f"{text.rstrip()}\n```"


def _place(text: str, room: int, least: int) -> int:
    """Where to cut: after the last good break in the second half, never inside what must stay whole."""
    start = max(least + 1, room // 2)
    for mark in BREAKS:
        found = text.rfind(mark, start, room)
        if found >= 0:
            cut = found + len(mark)
            if not _inside(text, cut):
                return cut
    cut = room
    while cut > least + 1 and (_inside(text, cut) or text[cut] in JOINERS or text[cut - 1] in JOINERS):
        cut -= 1
    return cut if cut > least + 1 else room


def _inside(text: str, cut: int) -> bool:
    return any(match.start() < cut < match.end() for match in UNCUT.finditer(text, max(0, cut - 300), cut + 300))
