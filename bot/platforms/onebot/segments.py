"""Segments of OneBot messages: text, mentions, quotes, images and so on. Ids are strings of any length."""

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
MAX_SEGMENTS = 500  # per message; further ones are ignored
JsonObject = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a message. ``data`` holds strings and numbers as the bridge sent them."""

    kind: str
    data: JsonObject = field(default_factory=dict)

    def get(self, name: str) -> str:
        """Return a value as text; empty if it is missing or not a scalar."""
        value = self.data.get(name)
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return ""
        return str(value)

    def as_json(self) -> dict[str, object]:
        """Return the segment in the array form."""
        return {"type": self.kind, "data": dict(self.data)}


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a message, rendered as text."""

    text: str  # mentions as "@name", other segments by kind: "[image]"
    mentioned: frozenset[str] = frozenset()  # account ids, or EVERYBODY
    quoted: str | None = None  # id of the message replied to
    forwarded: tuple[str, ...] = ()  # ids of merged forwards, still to be fetched
    has_words: bool = False  # contains text, not only images, stickers or mentions


def parse_array(value: Iterable[object]) -> list[Segment]:
    """Parse an array message. Malformed segments are skipped."""
    found: list[Segment] = []
    for part in value:
        if len(found) == MAX_SEGMENTS:
            break
        if isinstance(part, Mapping) and isinstance(part.get("type"), str):
            data = part.get("data")
            found.append(Segment(part["type"].casefold(), data if isinstance(data, Mapping) else {}))
    return found


def content_of(
    segments: Sequence[Segment], own_ids: frozenset[str] = frozenset(), names: Mapping[str, str] | None = None
) -> Content:
    """Render a message as text, without mentions of ``own_ids``, which only address the bot.

    ``names`` maps account ids to names, for mentions without a name.
    """
    text: list[str] = []
    mentioned: set[str] = set()
    quoted: str | None = None
    forwarded: list[str] = []
    has_words = False
    for segment in segments[:MAX_SEGMENTS]:
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


# --- outgoing -------------------------------------------------------------------------------------------------------


def text_segment(text: str) -> Segment:
    """Return a text segment. In the array form CQ codes have no effect."""
    return Segment("text", {"text": text})


def quote_segment(message: str, place: str = "") -> Segment:
    """Return a quote segment. By ``place``, its sequence number, NapCat finds the message even after a restart."""
    return Segment(
        "reply", {"id": message, "seq": int(place)} if re.fullmatch(r"[0-9]{1,18}", place) else {"id": message}
    )


def node_segment(account: str, name: str, text: str) -> Segment:
    """Return one message of a merged forward."""
    return Segment("node", {"user_id": account, "nickname": name, "content": [text_segment(text).as_json()]})
