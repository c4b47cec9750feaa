"""Content that a message refers to, its quote and forwarded messages, fetched only once the author is admitted."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.events import Attachment
from bot.platforms.onebot.bridge import ActionFailed, ActionLost, Bridge
from bot.platforms.onebot.frames import segments_of
from bot.platforms.onebot.places import as_number
from bot.platforms.onebot.segments import Segment, content_of

MAX_DEPTH = 3  # nesting of forwards
MAX_LINES = 100  # in all forwarded messages together
MAX_CALLS = 8  # to the bridge, per message
MAX_LENGTH = 4000  # characters, all texts together
MAX_QUOTE_LENGTH = 1000
MAX_NAME_LENGTH = 40


@dataclass(slots=True)
class ReadingBudget:
    """What may still be read for one message."""

    lines: int = MAX_LINES
    calls: int = MAX_CALLS
    characters: int = MAX_LENGTH


class ReferencedMessages:
    """Reads quoted and forwarded messages, within limits."""

    def __init__(self, bridge: Bridge, quoted: str | None, forwards: tuple[Segment, ...]) -> None:
        self._bridge = bridge
        self._quoted = quoted
        self._forwards = forwards
        self._budget = ReadingBudget()

    async def load(self, large: bool) -> tuple[Attachment, ...]:
        """Return the texts as attachments. Returns none if ``large``: the command wants files."""
        if large:
            return ()
        found: list[Attachment] = []
        if self._quoted is not None:
            message = await self._call("get_msg", {"message_id": as_number(self._quoted)})
            text = content_of(segments_of(message.get("message"))).text[:MAX_QUOTE_LENGTH] or "[message]"
            found.append(_text(f"[quoted from {name_of(message)}]", text))
        bundles = [await self._lines(forward, 1) for forward in self._forwards]
        found += [_text("[forwarded messages]", "\n".join(lines)) for lines in bundles if lines]
        return tuple(found)

    async def _lines(self, forward: Segment, depth: int) -> list[str]:
        """Return one line per forwarded message."""
        found: list[str] = []
        for message in await self._messages(forward):
            if self._budget.lines <= 0 or self._budget.characters <= 0:
                break
            self._budget.lines -= 1
            segments = segments_of(message.get("message", message.get("content")))
            line = f"{'  ' * (depth - 1)}{name_of(message)}: {content_of(segments).text}"[: self._budget.characters]
            self._budget.characters -= len(line)
            found.append(line)
            if depth < MAX_DEPTH:
                for inner in (each for each in segments if each.kind == "forward"):
                    found += await self._lines(inner, depth + 1)
        return found

    async def _messages(self, forward: Segment) -> list[Mapping[str, object]]:
        """Return the messages of a forward. Some bridges inline them, some must be asked, some omit the senders."""
        inside = forward.data.get("content")
        if not isinstance(inside, list):
            inside = (await self._call("get_forward_msg", {"id": forward.get("id")})).get("messages")
        found = inside if isinstance(inside, list) else []
        messages = [{"message": each} if isinstance(each, list) else each for each in found]
        return [each for each in messages if isinstance(each, Mapping)]

    async def _call(self, action: str, params: Mapping[str, object]) -> Mapping[str, object]:
        """Return the bridge's answer, or an empty mapping if it fails."""
        if self._budget.calls <= 0 or not self._bridge.supports(action):
            return {}
        self._budget.calls -= 1
        try:
            data = await self._bridge.call(action, params)
        except (ActionFailed, ActionLost):
            return {}
        return data if isinstance(data, Mapping) else {}


def name_of(message: Mapping[str, object]) -> str:
    """Return the sender's display name."""
    sender = message.get("sender")
    names = (sender.get("card"), sender.get("nickname")) if isinstance(sender, Mapping) else ()
    found = next((each for each in names if isinstance(each, str) and each.strip()), "somebody")
    return plain_name(found)


def plain_name(name: str) -> str:
    """Reduce a name to one line of limited length."""
    return " ".join(name.split())[:MAX_NAME_LENGTH]


def _text(name: str, text: str) -> Attachment:
    return Attachment(name, text.encode("utf-8", "replace"))
