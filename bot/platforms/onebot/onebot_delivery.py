"""Sends the messages of one answer to a group or a private chat."""

import asyncio
import base64
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.events import Edited, File, Pressed, Reply, Said, Speaker
from bot.platforms.line.choices import Choices
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.sending import Delivery, MessageRejected, NotPermitted, Outgoing
from bot.platforms.onebot.bridge import ActionFailed, ActionLost, Bridge, LinkLost
from bot.platforms.onebot.message_splitter import MAX_MESSAGE_LENGTH, MessageSplitter
from bot.platforms.onebot.places import PLATFORM, OneBotPlace, as_number, place_of
from bot.platforms.onebot.posting import OutgoingMessage, Posting, Unsupported
from bot.platforms.onebot.segments import node_segment, quote_segment, text_segment
from bot.platforms.onebot.storage import ShownMessages

THINKING = "351"  # id of the QQ emoji used as a reaction
QUOTE = "reply"  # kind of the quote segment
TYPING = 1  # event_type of set_input_status
MAX_FILE_SIZE = 16 << 20  # characters of base64
EXTRA_SECONDS = 5.0  # time limit for optional actions
PAUSE, PAUSE_A_CHARACTER, MAX_PAUSE = 0.6, 0.04, 3.5  # seconds before each further piece


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryContext:
    """The collaborators of a delivery."""

    bridge: Bridge
    posting: Posting
    choices: Choices
    splitter: MessageSplitter
    messages: ShownMessages
    report_missing: Callable[[OneBotPlace, str], Awaitable[None]]  # tells the owner about a missing permission
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

    def __init__(self, context: DeliveryContext) -> None:
        self._context = context

    def delivery(self, incoming: IncomingEvent, shown: Sequence[str] = ()) -> Delivery:
        """Return a delivery for the answer. Raises ValueError if the channel is not one of QQ's."""
        place = place_of(incoming.channel)
        if place is None:
            raise ValueError(f"{incoming.channel!r} is no channel of QQ")
        event = incoming.event
        answered = event.id if isinstance(event, (Said, Pressed, Edited)) else None
        quote = Quote(answered or "", _place_in_talk(incoming)) if not incoming.id.startswith("poke-") else Quote()
        return OneBotDelivery(self._context, place, quote, incoming.origin.language, posted=len(shown))


class OneBotDelivery:
    """Sends one answer."""

    def __init__(
        self, context: DeliveryContext, place: OneBotPlace, quote: Quote, language: str | None, *, posted: int = 0
    ) -> None:
        self._context = context
        self._place = place
        self._quote = quote
        self._language = language
        self._posted = posted
        self._reacted = False

    # --- bot.platforms.line.sending.Delivery -----------------------------------------------------------------------

    async def typing(self) -> None:
        """Set the input status in private chats; react to the message in groups."""
        if not self._context.thinking:
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
        context, text = self._context, message.text
        if (
            message.reply is not None
            and context.numbered
            and (line := context.choices.line(message.reply, self._language))
        ):
            text = f"{text}\n\n{line}"
        for file in message.files:
            await self._upload(file)
        if self._posted:
            await asyncio.sleep(_pause(text))
        number = await (
            self._forward(text, message.reply) if context.splitter.is_forward(message.text) else self._say(text)
        )
        self._posted += 1
        if message.reply is not None:
            await context.choices.remember(self._place.channel, number, message.reply)
        return number

    async def edit(self, message_id: str, message: Outgoing) -> None:
        """Raise Rejected: QQ has no edits, and the line does not ask for any."""
        raise MessageRejected("messages of QQ cannot be edited")

    async def delete(self, message_id: str) -> None:
        """Recall a message."""
        await self._context.posting.delete(message_id)

    async def report_missing(self, permission: str) -> None:
        """Tell the owner."""
        await self._context.report_missing(self._place, permission)

    async def end(self, *, answered: bool) -> None:
        """Remove the reaction."""
        if self._reacted:
            self._reacted = False
            await self._react(False)

    # --- messages -------------------------------------------------------------------------------------------------

    async def _say(self, text: str) -> str:
        words, bridge = [text_segment(text)], self._context.bridge
        quotes = self._context.quote and bool(self._quote.id) and not self._posted
        if not quotes or not bridge.supports(QUOTE):
            return await self._context.posting.post(OutgoingMessage(place=self._place, segments=words))
        try:
            segments = [quote_segment(self._quote.id, self._quote.place), *words]
            return await self._context.posting.post(OutgoingMessage(place=self._place, segments=segments))
        except Unsupported:
            bridge.give_up(QUOTE)
        except MessageRejected:  # the bridge may no longer know the quoted message
            pass
        return await self._context.posting.post(OutgoingMessage(place=self._place, segments=words))

    async def _forward(self, text: str, reply: Reply | None) -> str:
        """Send as a merged forward, or else as plain messages, each recorded for the turn."""
        context = self._context
        nodes = [node_segment(context.bridge.account, context.name, each) for each in context.splitter.nodes(text)]
        outgoing = OutgoingMessage(place=self._place, segments=nodes, forward=True)
        if await context.bridge.knows(outgoing.action):
            with suppress(MessageRejected):
                return await context.posting.post(outgoing)
        number = ""
        for piece in MessageSplitter(forward_after=MAX_MESSAGE_LENGTH).nodes(text):
            if number and reply is not None and reply.node is not None:
                await context.messages.remember(PLATFORM, self._place.channel, number, reply.node)
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
            raise NotPermitted(f"{file.name} is too large for the bridge")
        params = {**self._place.params, "file": data, "name": file.name}
        with suppress(ActionLost):
            try:
                await self._context.posting.ask(action, params)
            except ActionFailed as error:
                raise NotPermitted(str(error)) from error

    # --- progress indicators --------------------------------------------------------------------------------------

    async def _react(self, on: bool) -> bool:
        params = {"message_id": as_number(self._quote.id), "emoji_id": THINKING, "set": on}
        return await self._extra("set_msg_emoji_like", params)

    async def _extra(self, action: str, params: Mapping[str, object]) -> bool:
        """Try an optional action. Returns whether it was done. Unanswered actions are not tried again."""
        bridge = self._context.bridge
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


def _place_in_talk(incoming: IncomingEvent) -> str:
    event = (incoming.stored or {}).get("event")
    return str(event.get("real_seq") or "") if isinstance(event, Mapping) else ""


def _pause(text: str) -> float:
    """Return a pause in seconds, about the time that a person would need to type the text."""
    return min(MAX_PAUSE, PAUSE + PAUSE_A_CHARACTER * len(text)) * random.uniform(0.8, 1.2)
