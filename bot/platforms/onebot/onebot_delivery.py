"""Sends the messages of one answer to a group or a private chat."""

import asyncio
import base64
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.events import Edited, File, Pressed, Reply, Said, Speaker
from bot.platforms.line.choices import Choices
from bot.platforms.line.heard import Heard
from bot.platforms.line.sending import Delivery, Outgoing, Refused, Rejected
from bot.platforms.onebot.bridge import ActionFailed, ActionLost, Bridge, LinkLost
from bot.platforms.onebot.cutting import MAX_MESSAGE_LENGTH, Cutter
from bot.platforms.onebot.places import PLATFORM, Place, as_number, place_of
from bot.platforms.onebot.posting import Mail, Posting, Unsupported
from bot.platforms.onebot.segments import node_segment, quote_segment, text_segment
from bot.platforms.onebot.storage import ShownMessages

THINKING = "351"  # id of the QQ emoji used as a reaction
QUOTE = "reply"  # kind of the quote segment
TYPING = 1  # event_type of set_input_status
MAX_FILE_SIZE = 16 << 20  # characters of base64
EXTRA_SECONDS = 5.0  # time limit for optional actions
PAUSE, PAUSE_A_CHARACTER, MAX_PAUSE = 0.6, 0.04, 3.5  # seconds before each further piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Mouth:
    """The collaborators of a delivery."""

    bridge: Bridge
    posting: Posting
    choices: Choices
    cutter: Cutter
    messages: ShownMessages
    lacks: Callable[[Place, str], Awaitable[None]]  # tells the owner about a missing permission
    name: str  # shown on merged forwards
    quote: bool = True
    numbered: bool = True  # append numbered choices to answers
    thinking: bool = True


@dataclass(frozen=True, slots=True)
class Quote:
    """The message answered: its id, and its sequence number in the chat if the bridge gives it."""

    id: str = ""
    place: str = ""


class OneBotSender:
    """Creates deliveries for answers."""

    def __init__(self, mouth: Mouth) -> None:
        self._mouth = mouth

    def delivery(self, heard: Heard, shown: Sequence[str] = ()) -> Delivery:
        """Return a delivery for the answer. Raises ValueError if the channel is not one of QQ's."""
        place = place_of(heard.channel)
        if place is None:
            raise ValueError(f"{heard.channel!r} is no channel of QQ")
        event = heard.event
        answered = event.id if isinstance(event, (Said, Pressed, Edited)) else None
        quote = Quote(answered or "", _place_in_talk(heard)) if not heard.id.startswith("poke-") else Quote()
        return OneBotDelivery(self._mouth, place, quote, heard.origin.language, posted=len(shown))


class OneBotDelivery:
    """Sends one answer."""

    def __init__(self, mouth: Mouth, place: Place, quote: Quote, language: str | None, *, posted: int = 0) -> None:
        self._mouth = mouth
        self._place = place
        self._quote = quote
        self._language = language
        self._posted = posted
        self._reacted = False

    # --- bot.platforms.line.sending.Delivery -----------------------------------------------------------------------

    async def typing(self) -> None:
        """Set the input status in private chats; react to the message in groups."""
        if not self._mouth.thinking:
            return
        if self._place.kind == "private":
            await self._extra("set_input_status", {**self._place.params, "event_type": TYPING})
        elif not self._reacted and self._quote.id:
            self._reacted = True  # set first: if this is cancelled, the reaction may exist
            self._reacted = await self._react(True)

    async def speak_as(self, speaker: Speaker) -> bool:
        """Return False: QQ shows every message under the account's own name."""
        return False

    async def post(self, message: Outgoing) -> str:
        """Post one message, as a merged forward if it is long."""
        mouth, text = self._mouth, message.text
        if message.reply is not None and mouth.numbered and (line := mouth.choices.line(message.reply, self._language)):
            text = f"{text}\n\n{line}"
        for file in message.files:
            await self._upload(file)
        if self._posted:
            await asyncio.sleep(_pause(text))
        number = await (
            self._forward(text, message.reply) if mouth.cutter.is_forward(message.text) else self._say(text)
        )
        self._posted += 1
        if message.reply is not None:
            await mouth.choices.remember(self._place.channel, number, message.reply)
        return number

    async def edit(self, message_id: str, message: Outgoing) -> None:
        """Raise Rejected: QQ has no edits, and the line does not ask for any."""
        raise Rejected("messages of QQ cannot be edited")

    async def delete(self, message_id: str) -> None:
        """Recall a message."""
        await self._mouth.posting.delete(message_id)

    async def lacks(self, permission: str) -> None:
        """Tell the owner."""
        await self._mouth.lacks(self._place, permission)

    async def end(self, *, answered: bool) -> None:
        """Remove the reaction."""
        if self._reacted:
            self._reacted = False
            await self._react(False)

    # --- messages -------------------------------------------------------------------------------------------------

    async def _say(self, text: str) -> str:
        words, bridge = [text_segment(text)], self._mouth.bridge
        quotes = self._mouth.quote and bool(self._quote.id) and not self._posted
        if not quotes or not bridge.supports(QUOTE):
            return await self._mouth.posting.post(Mail(place=self._place, segments=words))
        try:
            segments = [quote_segment(self._quote.id, self._quote.place), *words]
            return await self._mouth.posting.post(Mail(place=self._place, segments=segments))
        except Unsupported:
            bridge.give_up(QUOTE)
        except Rejected:  # the bridge may no longer know the quoted message
            pass
        return await self._mouth.posting.post(Mail(place=self._place, segments=words))

    async def _forward(self, text: str, reply: Reply | None) -> str:
        """Send as a merged forward, or else as plain messages, each recorded for the turn."""
        mouth = self._mouth
        nodes = [node_segment(mouth.bridge.account, mouth.name, each) for each in mouth.cutter.nodes(text)]
        mail = Mail(place=self._place, segments=nodes, forward=True)
        if await mouth.bridge.knows(mail.action):
            with suppress(Rejected):
                return await mouth.posting.post(mail)
        number = ""
        for piece in Cutter(forward_after=MAX_MESSAGE_LENGTH).nodes(text):
            if number and reply is not None and reply.node is not None:
                await mouth.messages.remember(PLATFORM, self._place.channel, number, reply.node)
            number = await self._say(piece)
            self._posted += 1
        return number

    async def _upload(self, file: File) -> None:
        """Upload a file before the text. If its answer is lost, assume success.

        Raises Refused if it fails; the text is then sent without files.
        """
        action = f"upload_{self._place.kind}_file"
        data = f"base64://{base64.b64encode(file.data).decode()}"
        if len(data) > MAX_FILE_SIZE:
            raise Refused(f"{file.name} is too large for the bridge")
        params = {**self._place.params, "file": data, "name": file.name}
        with suppress(ActionLost):
            try:
                await self._mouth.posting.ask(action, params)
            except ActionFailed as error:
                raise Refused(str(error)) from error

    # --- progress indicators --------------------------------------------------------------------------------------

    async def _react(self, on: bool) -> bool:
        params = {"message_id": as_number(self._quote.id), "emoji_id": THINKING, "set": on}
        return await self._extra("set_msg_emoji_like", params)

    async def _extra(self, action: str, params: Mapping[str, object]) -> bool:
        """Try an optional action. Returns whether it was done. Unanswered actions are not tried again."""
        bridge = self._mouth.bridge
        if not bridge.connected or not bridge.supports(action):
            return False
        try:
            await bridge.call(action, params, EXTRA_SECONDS)
        except (ActionFailed, LinkLost):
            return False
        except ActionLost:
            bridge.give_up(action)
            return False
        return True


def _place_in_talk(heard: Heard) -> str:
    event = (heard.stored or {}).get("event")
    return str(event.get("real_seq") or "") if isinstance(event, Mapping) else ""


def _pause(text: str) -> float:
    """Return a pause in seconds, about the time that a person would need to type the text."""
    return min(MAX_PAUSE, PAUSE + PAUSE_A_CHARACTER * len(text)) * random.uniform(0.8, 1.2)
