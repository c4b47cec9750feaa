"""The parts of a OneBot message: text, mentions, quotes, pictures and the rest. Ids are text: any number occurs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

EVERYBODY = "all"
NAMES = {
    "image": "image", "mface": "sticker", "face": "emoji", "record": "voice message", "video": "video", "file": "file",
    "forward": "forwarded messages", "json": "card", "xml": "card", "share": "link", "music": "music",
    "location": "location", "contact": "contact", "dice": "dice", "rps": "rock-paper-scissors", "poke": "poke",
    "node": "forwarded message",
}  # fmt: skip
MOST_SEGMENTS = 500  # of one message; what follows is not looked at
JsonObject = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a message. ``data`` holds strings and numbers as the bridge sends them."""

    kind: str
    data: JsonObject = field(default_factory=dict)

    def get(self, name: str) -> str:
        """A value as text; empty where there is none, or something that is no plain value."""
        value = self.data.get(name)
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return ""
        return str(value)

    def as_json(self) -> dict[str, object]:
        """The array form."""
        return {"type": self.kind, "data": dict(self.data)}


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says, as far as words can tell it."""

    text: str  # mentions as "@name", everything else as what it is: "[image]"
    mentioned: frozenset[str] = frozenset()  # account ids, and EVERYBODY
    quoted: str | None = None  # id of the message that this one replies to
    forwarded: tuple[str, ...] = ()  # ids of forwarded bundles, to be asked for
    has_words: bool = False  # there is more than pictures, stickers and mentions


def parse_array(value: Iterable[object]) -> list[Segment]:
    """The segments of an array message; parts that are no segments are left out."""
    found: list[Segment] = []
    for part in value:
        if len(found) == MOST_SEGMENTS:
            break
        if isinstance(part, Mapping) and isinstance(part.get("type"), str):
            data = part.get("data")
            found.append(Segment(part["type"].casefold(), data if isinstance(data, Mapping) else {}))
    return found


def content_of(
    segments: Sequence[Segment], own_ids: frozenset[str] = frozenset(), names: Mapping[str, str] | None = None
) -> Content:
    """Put a message into words. Mentions of ``own_ids`` are left out of the text: they only say who is meant.

    ``names``: of accounts, for mentions that come without one.
    """
    text: list[str] = []
    mentioned: set[str] = set()
    quoted: str | None = None
    forwarded: list[str] = []
    has_words = False
    for segment in segments[:MOST_SEGMENTS]:
        if segment.kind in ("text", "markdown"):
            words = segment.get("text") or segment.get("content")
            has_words = has_words or bool(words.strip())
            text.append(words)
        elif segment.kind == "at":
            mentioned.add(account := segment.get("qq"))
            if account not in own_ids:
                name = segment.get("name").lstrip("@") or (names or {}).get(account, account)
                text.append(f"@{name} ")
        elif segment.kind == "reply":
            quoted = segment.get("id") or quoted
        else:
            text.append(f"[{_name(segment)}]")
            if segment.kind == "forward" and segment.get("id"):
                forwarded.append(segment.get("id"))
    return Content("".join(text).strip(), frozenset(mentioned - {""}), quoted, tuple(forwarded), has_words)


def _name(segment: Segment) -> str:
    name = NAMES.get(segment.kind, "unsupported message")
    summary = (segment.get("summary") or segment.get("name")).strip("[] ")[:40]
    return f"{name}: {summary}" if summary and segment.kind in ("file", "mface", "face") else name


# --- what we send ---------------------------------------------------------------------------------------------------


def text_segment(text: str) -> Segment:
    """Plain words. In the array form nothing in them is a code."""
    return Segment("text", {"text": text})


def quote_segment(message: str, place: str = "") -> Segment:
    """A quote of the message that is answered. NapCat finds it by its ``place`` in the talk even after a restart."""
    return Segment(
        "reply", {"id": message, "seq": int(place)} if re.fullmatch(r"[0-9]{1,18}", place) else {"id": message}
    )


def node_segment(account: str, name: str, text: str) -> Segment:
    """One message of a merged forward."""
    return Segment("node", {"user_id": account, "nickname": name, "content": [text_segment(text).as_json()]})
