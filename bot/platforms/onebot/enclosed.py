"""What a message brings along: the message that it quotes, and forwarded ones. Asked for once its author may ask."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.events import Attachment
from bot.platforms.onebot.bridge import ActionFailed, ActionLost, Bridge
from bot.platforms.onebot.frames import segments_of
from bot.platforms.onebot.places import as_number
from bot.platforms.onebot.segments import Segment, content_of

DEEPEST = 3  # forwards within forwards
MOST_LINES = 100  # of all forwarded messages together
MOST_CALLS = 8  # to the bridge, for one message
LONGEST = 4000  # characters of all together
LONGEST_QUOTE = 1000
LONGEST_NAME = 40


@dataclass(slots=True)
class Budget:
    """What is left to be read for one message."""

    lines: int = MOST_LINES
    calls: int = MOST_CALLS
    characters: int = LONGEST


class Enclosed:
    """Reads them, within bounds."""

    def __init__(self, bridge: Bridge, quoted: str | None, forwards: tuple[Segment, ...]) -> None:
        self._bridge = bridge
        self._quoted = quoted
        self._forwards = forwards
        self._budget = Budget()

    async def load(self, large: bool) -> tuple[Attachment, ...]:
        """As texts that are read after the words. ``large``: a command wants a file, and these are none."""
        if large:
            return ()
        found: list[Attachment] = []
        if self._quoted is not None:
            message = await self._call("get_msg", {"message_id": as_number(self._quoted)})
            text = content_of(segments_of(message.get("message"))).text[:LONGEST_QUOTE] or "[message]"
            found.append(_text(f"[quoted from {name_of(message)}]", text))
        bundles = [await self._lines(forward, 1) for forward in self._forwards]
        found += [_text("[forwarded messages]", "\n".join(lines)) for lines in bundles if lines]
        return tuple(found)

    async def _lines(self, forward: Segment, depth: int) -> list[str]:
        """A forward as a line for each message."""
        found: list[str] = []
        for message in await self._messages(forward):
            if self._budget.lines <= 0 or self._budget.characters <= 0:
                break
            self._budget.lines -= 1
            segments = segments_of(message.get("message", message.get("content")))
            line = f"{'  ' * (depth - 1)}{name_of(message)}: {content_of(segments).text}"[: self._budget.characters]
            self._budget.characters -= len(line)
            found.append(line)
            if depth < DEEPEST:
                for inner in (each for each in segments if each.kind == "forward"):
                    found += await self._lines(inner, depth + 1)
        return found

    async def _messages(self, forward: Segment) -> list[Mapping[str, object]]:
        """Some bridges send what is forwarded within, others have to be asked; some tell only what was said."""
        inside = forward.data.get("content")
        if not isinstance(inside, list):
            inside = (await self._call("get_forward_msg", {"id": forward.get("id")})).get("messages")
        found = inside if isinstance(inside, list) else []
        messages = [{"message": each} if isinstance(each, list) else each for each in found]
        return [each for each in messages if isinstance(each, Mapping)]

    async def _call(self, action: str, params: Mapping[str, object]) -> Mapping[str, object]:
        """The bridge's answer; nothing where it cannot tell."""
        if self._budget.calls <= 0 or not self._bridge.supports(action):
            return {}
        self._budget.calls -= 1
        try:
            data = await self._bridge.call(action, params)
        except (ActionFailed, ActionLost):
            return {}
        return data if isinstance(data, Mapping) else {}


def name_of(message: Mapping[str, object]) -> str:
    """Who wrote it, as others see them."""
    sender = message.get("sender")
    names = (sender.get("card"), sender.get("nickname")) if isinstance(sender, Mapping) else ()
    found = next((each for each in names if isinstance(each, str) and each.strip()), "somebody")
    return plain_name(found)


def plain_name(name: str) -> str:
    """A name on one line, of a length that people choose."""
    return " ".join(name.split())[:LONGEST_NAME]


def _text(name: str, text: str) -> Attachment:
    return Attachment(name, text.encode("utf-8", "replace"))
