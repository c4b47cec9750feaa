"""Parser for the YAML subset that text-generation-webui writes: a flat mapping of texts, without anchors or tags."""

import re

from bot.errors import InvalidOption

MAX_BYTES = 1_000_000  # bytes
KEY = re.compile(r"""(["']?)([A-Za-z_][\w-]{0,63})\1\s*:(?:[ \t]+(.*)|)$""")
BLOCK = re.compile(r"([|>])([+-]?)(\d?)([+-]?)\s*(?:#.*)?$")
ESCAPES = {
    "n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v",
    "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029", " ": " ", "/": "/", "\\": "\\", '"': '"',
}  # fmt: skip
ESCAPE = re.compile(r'\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|\n[ \t]*|(.))', re.DOTALL)  # fmt: skip
NOT_FLAT = ("&", "*", "!", "{", "[", "?", "%", "@", "`")


def parse_flat_yaml(text: str) -> dict[str, str]:
    """Parse a flat mapping of texts. Raises InvalidOption, which names the line, for any other YAML."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found: dict[str, str] = {}
    place = 0
    while place < len(lines):
        line = lines[place]
        if not line.strip() or line.lstrip().startswith("#") or line.rstrip() in ("---", "..."):
            place += 1
            continue
        match = KEY.match(line)
        if match is None:
            raise _wrong(place, "expected a line such as name: text")
        found[match[2]], place = _value(match[3] or "", lines, place)
    return found


def _value(first: str, lines: list[str], place: int) -> tuple[str, int]:
    """Return the value that begins on line ``place``, and the number of the line after it."""
    first = first.strip()
    if block := BLOCK.match(first):
        return _block(block[1], block[2] or block[4], int(block[3] or 0), lines, place + 1)
    if first[:1] in ("'", '"'):
        return _quoted(first, lines, place)
    if first.startswith(NOT_FLAT):
        raise _wrong(place, "only texts are read here, no lists, anchors or tags")
    end = place + 1
    while end < len(lines) and (not lines[end].strip() or lines[end][0] in " \t"):
        if re.match(r"\s+(-\s|[\w-]+:\s)", lines[end]) and not first:
            raise _wrong(end, "only texts are read here, no lists or nested mappings")
        end += 1
    parts = [_no_comment(part) for part in (first, *lines[place + 1 : end])]
    return _fold([part.strip() for part in parts]).strip(), end


def _block(style: str, chomp: str, indent: int, lines: list[str], place: int) -> tuple[str, int]:
    end = place
    while end < len(lines) and (not lines[end].strip() or lines[end][0] == " "):
        if not indent and lines[end].strip():
            indent = len(lines[end]) - len(lines[end].lstrip(" "))
        elif lines[end].strip() and len(lines[end]) - len(lines[end].lstrip(" ")) < indent:
            break
        end += 1
    body = [line[indent:] for line in lines[place:end]]
    content = "\n".join(body)
    trimmed = content.rstrip("\n")
    tail = "" if chomp == "-" else content[len(trimmed) :] + "\n" if chomp == "+" else "\n" if trimmed else ""
    return (_fold_block(trimmed.split("\n")) if style == ">" else trimmed) + tail, end


def _fold_block(lines: list[str]) -> str:
    """Fold lines: single breaks become spaces, except next to blank or more indented lines."""
    text, blanks, previous = "", 0, ""
    for number, line in enumerate(lines):
        if not line:
            blanks += 1
            continue
        if number:
            kept = line[0] in " \t" or previous[:1] in (" ", "\t")
            text += "\n" * (blanks + 1) if kept else "\n" * blanks or " "
        text, previous, blanks = text + line, line, 0
    return text


def _quoted(first: str, lines: list[str], place: int) -> tuple[str, int]:
    quote, text, end = first[0], first[1:], place + 1
    while (close := _closing(text, quote)) < 0:
        if end >= len(lines):
            raise _wrong(place, "a quoted text does not end")
        text += "\n" + lines[end]
        end += 1
    rest = text[close + 1 :].strip()
    if rest and not rest.startswith("#"):
        raise _wrong(end - 1, "something stands behind the quoted text")
    body = text[:close]
    if quote == "'":
        return _fold(_edges(body)).replace("''", "'"), end
    marked = ESCAPE.sub(_protect, body)
    return _unprotect(_fold(_edges(marked))), end


def _closing(text: str, quote: str) -> int:
    place = 0
    while place < len(text):
        if quote == '"' and text[place] == "\\":
            place += 2
        elif text[place] != quote:
            place += 1
        elif quote == "'" and text[place + 1 : place + 2] == "'":
            place += 2
        else:
            return place
    return -1


def _edges(text: str) -> list[str]:
    """Return the lines of a quoted text, stripped around its line breaks."""
    lines = text.split("\n")
    last = len(lines) - 1
    return [
        (line.lstrip(" \t") if number else line).rstrip(" \t")
        if number < last
        else line.lstrip(" \t")
        if number
        else line
        for number, line in enumerate(lines)
    ]


def _fold(lines: list[str]) -> str:
    """Join lines: a break becomes a space, and each blank line a break."""
    text, blanks = lines[0], 0
    for line in lines[1:]:
        if line:
            text += ("\n" * blanks or " ") + line
            blanks = 0
        else:
            blanks += 1
    return text + ("\n" * (blanks - 1) or " " if blanks else "")


def _protect(match: re.Match[str]) -> str:
    """Encode an escaped character by private-use characters, so that folding leaves it alone."""
    if match[0].startswith("\\\n"):
        return ""
    code = match[1] or match[2] or match[3]
    char = chr(min(int(code, 16), 0x10FFFF)) if code else ESCAPES.get(match[4], match[4])
    return f"\ue000{ord(char):x}\ue001"


def _unprotect(text: str) -> str:
    return re.sub("\ue000([0-9a-f]+)\ue001", lambda match: chr(int(match[1], 16)), text)


def _no_comment(text: str) -> str:
    return re.sub(r"(^|\s)#.*$", "", text)


def _wrong(place: int, problem: str) -> InvalidOption:
    return InvalidOption("The YAML cannot be read: line {line}: {problem}.", line=place + 1, problem=problem)
