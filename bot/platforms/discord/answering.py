"""What is said to the bot, from when it is heard until it is answered: once, in order, whatever dies meanwhile."""

import asyncio
import contextlib
import logging
import re
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any

import discord

from bot.config.schema import DiscordSection
from bot.events import Called, Event, Reply, Words
from bot.platforms.discord.complaints import Complaints
from bot.platforms.discord.delivery import NOBODY, ChannelDelivery
from bot.platforms.discord.discord_sink import DiscordSink
from bot.platforms.discord.edit_pace import Pace
from bot.platforms.discord.inbox_item import PLATFORM, Letter
from bot.platforms.discord.intake import Intake
from bot.platforms.discord.link import TROUBLE, Link
from bot.platforms.discord.order import Lines, Ticket
from bot.platforms.discord.ports import Dispatcher, Inbox
from bot.platforms.discord.threads import follow_thread
from bot.platforms.line.splitting import LIMIT
from bot.tasks import Tasks

log = logging.getLogger(__name__)

REMEMBERED = 4096  # message ids: a gateway that resumes may tell the same event again
MOST_MERGED = 10  # messages of one person that are taken together
COMMANDS = ("+", "/")
LEADING_MENTION = re.compile(r"^\s*(<@!?\d+>)?\s*")


@dataclass(frozen=True, slots=True)
class Part:
    """A message that was taken in, its place in line, and what an earlier process has posted for it."""

    message: discord.Message
    ticket: Ticket
    shown: tuple[str, ...] = ()

    @property
    def stands_alone(self) -> bool:
        """A command, or a reply that goes on from a turn of its own, is not taken together with other words."""
        return self.is_command or self.message.reference is not None

    @property
    def is_command(self) -> bool:
        """Whether it begins like a command, with or without the mention that calls the bot."""
        return LEADING_MENTION.sub("", self.message.content).startswith(COMMANDS)


class Talk:
    """Hears and answers. It outlives the client through which it hears; the inbox outlives the process."""

    def __init__(self, config: DiscordSection, dispatcher: Dispatcher, link: Link | None = None) -> None:
        self.config = config
        self.dispatcher = dispatcher
        self.link = link or Link()
        self.intake = Intake(config, dispatcher.services.registry)
        self.complaints = Complaints(config, self.link)
        self.pace = Pace(config.edit_interval_s)
        self.lines = Lines()
        self.open = asyncio.Event()  # closed while what was missed is looked for: it comes first
        self.open.set()
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._active: set[int] = set()
        self._waiting: dict[tuple[int, int], list[Part]] = {}  # (channel, author) -> said while it was writing to them
        self._tasks = Tasks("Discord")

    @property
    def inbox(self) -> Inbox:
        """The store's table of messages that were taken in."""
        inbox: Inbox = self.dispatcher.services.store.inbox
        return inbox

    def is_active(self, message: int) -> bool:
        """Whether this process is answering it."""
        return message in self._active

    # --- hearing ------------------------------------------------------------------------------------------------

    async def hear(self, message: discord.Message) -> None:
        """A message that the gateway tells of: answered if it is meant for the bot, once."""
        await self.open.wait()
        await self.take(message)

    async def take(self, message: discord.Message) -> None:
        """Take a message in, live or missed."""
        me = self.link.me
        if me is None or message.author.bot or message.webhook_id is not None or not self._is_new(message.id):
            return
        ticket = self.lines.join(message.channel.id)
        taken = False
        try:
            talk = await self._talks_in(message.channel)
            if self.intake.addressed(message, me, talk=talk):
                guild = str(message.guild.id) if message.guild else None
                taken = await self.inbox.take(PLATFORM, str(message.channel.id), str(message.id), guild)
        except Exception:
            self._seen.pop(message.id, None)  # when it is heard of again, it is new
            raise
        finally:
            if not taken:
                ticket.finish()
        if taken:
            self.start(Part(message, ticket))

    def _is_new(self, message: int) -> bool:
        if message in self._seen:
            return False
        self._seen[message] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True

    async def _talks_in(self, channel: Any) -> bool:
        values = self.dispatcher.services.store.values
        return bool(await values.get("talk", f"discord:{channel.id}", False))

    # --- answering ----------------------------------------------------------------------------------------------

    def start(self, part: Part) -> None:
        """Answer a message that was taken in, after what its author said before if that is being answered."""
        self._is_new(part.message.id)
        self._active.add(part.message.id)
        key = (part.message.channel.id, part.message.author.id)
        if part.stands_alone:
            self.keep(self._answer([part]))
        elif key in self._waiting and len(self._waiting[key]) < MOST_MERGED:
            self._waiting[key].append(part)
        elif key in self._waiting:
            self.keep(self._answer([part]))
        else:
            self._waiting[key] = []
            self.keep(self._answer_in_turn(key, part))

    async def _answer_in_turn(self, key: tuple[int, int], part: Part) -> None:
        """Answer, then what the same person said meanwhile, taken together."""
        parts = [part]
        try:
            while parts:
                await self._answer(parts)
                parts, self._waiting[key] = self._waiting[key], []
        finally:
            for left in self._waiting.pop(key, []):
                left.ticket.finish()

    async def _answer(self, parts: list[Part]) -> None:
        last = parts[-1]
        try:
            for part in parts[:-1]:
                part.ticket.finish()
            if last.is_command:
                last.ticket.finish()  # a command waits for nobody
            letter = self.letter(last, parts)
            try:
                await self._say(parts, letter)
            except Exception:
                log.exception("a message on Discord could not be read")
            if not letter.undelivered:
                await letter.done()
        finally:
            last.ticket.finish()
            self._active.difference_update(part.message.id for part in parts)

    def letter(self, last: Part, parts: list[Part]) -> Letter:
        """The inbox's side of it."""
        ids = [str(part.message.id) for part in parts]
        return Letter(self.inbox, str(last.message.channel.id), ids, last.ticket, last.shown)

    async def _say(self, parts: list[Part], letter: Letter) -> None:
        me, message = self.link.me, parts[-1].message
        if me is None:
            raise ConnectionError("the bot's account is not known yet")
        said = [await self.intake.read(part.message, me) for part in parts]
        files = tuple(file for each in said for file in each.attachments)
        words = tuple(Words(each.id or "", each.text) for each in said) if len(said) > 1 else ()
        text = "\n".join(each.text for each in said if each.text)
        read = replace(said[-1], text=text, attachments=files, merged=words)
        if unread := "\n".join(line for part in parts if (line := self.intake.unread(part.message, me))):
            await self._notice(message, unread)
        event: Event = read
        if not read.text and not read.attachments:
            if unread:
                return
            event = Called(origin=read.origin, command="help")
        await follow_thread(self.dispatcher.services.conversations, message)
        await letter.ticket.entered()
        sink = self.sink(message, letter)
        try:
            await self.dispatcher.handle(event, sink)
        finally:
            await sink.end()

    async def _notice(self, message: discord.Message, text: str) -> None:
        """A line beside the answer; one that cannot be sent is no reason not to answer."""
        place = self.link.place(message.channel.id, message.guild.id if message.guild else None)
        with contextlib.suppress(*TROUBLE):
            await place.send(text[:LIMIT], allowed_mentions=NOBODY, nonce=f"{message.id}.n")

    def sink(self, message: discord.Message, letter: Letter | None = None) -> DiscordSink:
        """Where the answer to a message goes."""
        shown = [int(number) for number in letter.shown] if letter else []
        nonce = letter.nonce if letter else None
        delivery = ChannelDelivery(message.channel, message, link=self.link, nonce=nonce, posted=len(shown))
        return DiscordSink(
            delivery, channel=message.channel.id, link=self.link, pace=self.pace, letter=letter,
            shown=[delivery.standing(number) for number in shown], file_after=self.config.file_after_chars,
            complaints=self.complaints,
        )  # fmt: skip

    async def deliver(self, part: Part, reply: Reply) -> None:
        """Bring an answer that is finished already to where it belongs."""
        letter = self.letter(part, [part])
        self._is_new(part.message.id)
        self._active.add(part.message.id)
        try:
            ids = await self.sink(part.message, letter).send(reply)
            conversations = self.dispatcher.services.conversations
            if reply.node is not None and reply.kind == "turn":
                for number in ids:
                    await conversations.remember_message(PLATFORM, str(part.message.channel.id), number, reply.node)
            if not letter.undelivered:
                await letter.done()
        finally:
            part.ticket.finish()
            self._active.discard(part.message.id)

    # --- life ---------------------------------------------------------------------------------------------------

    def keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a piece of work in the background."""
        return self._tasks.spawn(work)

    async def close(self, seconds: float) -> None:
        """Give running answers a moment, then end them: the inbox keeps what is not answered."""
        self.link.close()
        await self._tasks.finish(seconds)
