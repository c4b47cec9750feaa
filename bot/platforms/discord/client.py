"""The bot account: Discord's events in, messages for the dispatcher out."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Coroutine, Mapping
from typing import Any

import discord
from discord import app_commands

from bot.config.schema import DiscordSection
from bot.events import Author, Called, Deleted, Edited, Event, NullSink, Origin, Pressed
from bot.i18n import N_, translate
from bot.platforms.discord import attached, buttons
from bot.platforms.discord.answering import Talk
from bot.platforms.discord.declaring import declare
from bot.platforms.discord.delivery import NOBODY, InteractionDelivery
from bot.platforms.discord.discord_sink import DiscordSink
from bot.platforms.discord.inbox_item import PLATFORM
from bot.platforms.discord.intake import author_of, language_of, permitted
from bot.platforms.discord.link import TROUBLE
from bot.platforms.discord.ports import Dispatcher
from bot.platforms.discord.recovery import Recovery
from bot.platforms.discord.slash import FILE, Translator
from bot.platforms.discord.sockets import Sockets
from bot.platforms.discord.sync import synchronise
from bot.tasks import Tasks

log = logging.getLogger(__name__)

LAST_WORDS = 20.0  # seconds that answers to interactions get when the connection has died
GUILDS = 0.5  # seconds between two servers that Discord tells of after a connection
PRIVATE_FAMILIES = ("settings", "service", "admin")
IN_PLACE = ("alternate", "swipe", "again")  # a press changes the message that carries the button


MENUS = (
    (N_("Continue from here"), "go"),
    (N_("Another answer"), "alternate"),
    (N_("Show the branch"), "history"),
)

discord.VoiceClient.warn_nacl = False  # the bot does not use voice
discord.VoiceClient.warn_dave = False


class RoostClient(discord.AutoShardedClient):
    """One connection; when it has died it is replaced by a new one."""

    def __init__(
        self, config: DiscordSection, dispatcher: Dispatcher, *, content: bool = True, talk: Talk | None = None
    ) -> None:
        intents = discord.Intents.default()
        intents.message_content = content
        super().__init__(
            intents=intents, allowed_mentions=discord.AllowedMentions.none(), shard_ids=config.shard_ids or None,  # type: ignore[arg-type]  # None is its own default,
            shard_count=config.shard_count or None, max_messages=1000, guild_ready_timeout=GUILDS,
        )  # fmt: skip
        self.config = config
        self.dispatcher = dispatcher
        self.sockets = Sockets(self)
        self.tree = app_commands.CommandTree(self)
        self.talk = talk or Talk(config, dispatcher)
        self.intake = self.talk.intake
        self._owns_talk = talk is None
        self._starting: set[int] = set()  # shards that have a new session and do not know what was missed yet
        self._sessions: Counter[int] = Counter()
        if self._owns_talk:
            self.talk.link.attach(self)
        self.recovery = Recovery(self.talk)
        self._tasks = Tasks("Discord's client")
        self._catching_up: set[asyncio.Task[Any]] = set()
        declare(self.tree, dispatcher.services.registry, self.slash, self.completions)
        for title, action in MENUS:
            self.tree.add_command(self._menu(title, action))

    # --- life ---------------------------------------------------------------------------------------------------

    async def setup_hook(self) -> None:
        """Slash commands are told in the background: start-up never waits for Discord."""
        self.talk.intake.application = self.application_id
        await self.tree.set_translator(Translator())
        self.keep(self._synchronise())

    async def _synchronise(self) -> None:
        try:
            values = self.dispatcher.services.store.values
            await synchronise(self.tree, values, self.application_id or 0, self.config.guild_ids)
        except Exception:
            log.exception("slash commands could not be synchronised")

    def keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a piece of work that ends with the client."""
        return self._tasks.spawn(work)

    async def close(self) -> None:
        """Answers on their way still arrive when the connection has died: their requests need the session."""
        if behind := list(self._catching_up):  # the next client looks again for what was missed
            for task in behind:
                task.cancel()
            await asyncio.wait(behind, timeout=LAST_WORDS)
        if self._owns_talk:
            await self.talk.close(LAST_WORDS)
        await self.finish(LAST_WORDS)
        try:
            await super().close()
        finally:  # a shard that fails to close leaves the session open
            await self.http.close()
            await self.sockets.close()

    async def finish(self, seconds: float) -> None:
        """Give running answers a moment, then end them."""
        await self._tasks.finish(seconds)

    # --- connections --------------------------------------------------------------------------------------------

    @property
    def hears_all(self) -> bool:
        """Whether every shard is connected and knows what it missed."""
        return not self._starting and bool(self.shards) and not any(each.is_closed() for each in self.shards.values())

    async def on_shard_connect(self, shard: int) -> None:
        """A new session: what was missed comes before what is said now."""
        self._sessions[shard] += 1
        self._starting.add(shard)
        self.talk.open.clear()

    async def on_shard_ready(self, shard: int) -> None:
        """The shard's servers are known."""
        self.talk.link.wake()
        task: asyncio.Task[Any] = asyncio.current_task()  # type: ignore[assignment]  # discord.py makes one
        self._catching_up.add(task)
        try:
            await self._catch_up(shard)
        finally:
            self._catching_up.discard(task)

    async def _catch_up(self, shard: int) -> None:
        """Look for what was missed, then let what is said now come in."""
        session = self._sessions[shard]
        await self.recovery.run(self, shard)
        if self._sessions[shard] == session:  # else the next session's messages are still to be looked for
            self._starting.discard(shard)
        if self.hears_all:
            await self.recovery.stamp()
        if not self._starting:
            self.talk.open.set()

    async def on_shard_resumed(self, _: int) -> None:
        """The session goes on: Discord has told what was missed."""
        self.talk.link.wake()

    # --- messages -----------------------------------------------------------------------------------------------

    async def on_message(self, message: discord.Message) -> None:
        """Answer what is meant for the bot, once."""
        await self.talk.hear(message)

    def sink(self, delivery: Any) -> DiscordSink:
        """A sink with the configured pace."""
        talk = self.talk
        return DiscordSink(
            delivery, channel=delivery.channel, link=talk.link, pace=talk.pace, file_after=self.config.file_after_chars
        )

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """The last thing that was said is said differently: another answer, to the new words."""
        message = payload.message
        if self.user is None or message.author.bot or message.edited_at is None:
            return  # a preview of a link is an update too, but no edit
        if not permitted(self.config, message.author, message.channel, payload.guild_id):
            return
        before = payload.cached_message
        if before is not None and before.content == message.content:
            return
        read = await self.intake.read(message, self.user)
        if read.text:
            edited = Edited(origin=read.origin, id=str(message.id), text=read.text, attachments=read.attachments)
            self.keep(self.dispatcher.handle(edited, self.talk.sink(message)))

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """The last thing that was said is taken back."""
        guild = str(payload.guild_id) if payload.guild_id else None
        cached = payload.cached_message
        author = author_of(cached.author) if cached is not None else Author("", "")
        origin = Origin(
            platform=PLATFORM, channel=str(payload.channel_id), author=author, guild=guild, is_group=guild is not None
        )
        await self.dispatcher.handle(Deleted(origin=origin, id=str(payload.message_id)), NullSink())

    # --- interactions -------------------------------------------------------------------------------------------

    def _origin(self, interaction: discord.Interaction[Any]) -> Origin:
        return Origin(
            platform=PLATFORM, channel=str(interaction.channel_id), author=author_of(interaction.user),
            guild=str(interaction.guild_id) if interaction.guild_id else None,
            language=language_of(interaction.locale), is_group=interaction.guild_id is not None,
            speaker_names=self.config.speaker_names,
        )  # fmt: skip

    def _allowed(self, interaction: discord.Interaction[Any]) -> bool:
        return permitted(self.config, interaction.user, interaction.channel, interaction.guild_id)

    async def _turn_away(self, interaction: discord.Interaction[Any]) -> None:
        """Tell somebody who may not use the bot here; nobody else sees it."""
        text = translate("You are not on the list of those who may use this bot here.", language_of(interaction.locale))
        with contextlib.suppress(*TROUBLE):
            await interaction.response.send_message(text, ephemeral=True)

    async def slash(self, interaction: discord.Interaction[Any], command: str, options: dict[str, Any]) -> None:
        """Answer a slash command: deferred at once, so that the three seconds are never a matter of luck."""
        found = self.dispatcher.services.registry.find(command)
        private = found is not None and (found.family in PRIVATE_FAMILIES or found.permission == "admin")
        if not self._allowed(interaction):
            await self._turn_away(interaction)
            return
        if not await _acknowledge(interaction, thinking=True, ephemeral=private):
            return
        self.keep(self._obey(interaction, command, options))

    async def _obey(self, interaction: discord.Interaction[Any], command: str, options: dict[str, Any]) -> None:
        file = options.get(FILE.name)
        given = [file] if isinstance(file, discord.Attachment) else []
        arguments = {name: value for name, value in options.items() if value is not file or not given}
        if lines := attached.unread(given, language_of(interaction.locale), attached.LARGEST):
            await interaction.edit_original_response(content=lines, allowed_mentions=NOBODY)
            return
        read = await attached.read(given, attached.LARGEST)
        asked = Called(origin=self._origin(interaction), command=command, arguments=arguments, attachments=read)
        await self._run(asked, interaction, self.sink(InteractionDelivery(interaction)))

    async def _run(self, event: Event, interaction: discord.Interaction[Any], sink: DiscordSink) -> None:
        await self.dispatcher.handle(event, sink)
        if not sink.delivered and not interaction.is_expired():
            await interaction.delete_original_response()

    async def completions(
        self, interaction: discord.Interaction[Any], command: str, option: str, current: str
    ) -> list[str]:
        """What an option's value may be."""
        if not self._allowed(interaction):
            return []
        return await self.dispatcher.complete(self._origin(interaction), command, option, current)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Buttons; slash commands come through the tree."""
        if interaction.type is not discord.InteractionType.component:
            return
        data: Mapping[str, Any] = interaction.data or {}
        press = buttons.read(str(data.get("custom_id", "")))
        if press is None:
            return
        if not self._allowed(interaction):
            await self._turn_away(interaction)
            return
        in_place = press.command in IN_PLACE
        quiet = in_place or press.command == "stop"
        if not await _acknowledge(interaction, thinking=not quiet, ephemeral=press.command == "undo"):
            return
        arguments = {"step": press.argument} if press.argument else {}
        origin = self._origin(interaction)
        asked = Pressed(origin=origin, command=press.command, node=press.node, arguments=arguments)
        delivery = InteractionDelivery(interaction, edits=interaction.message if in_place else None)
        sink = self.sink(delivery)
        self.keep(self._press(asked, interaction, sink, in_place=in_place))

    async def _press(
        self, event: Pressed, interaction: discord.Interaction[Any], sink: DiscordSink, *, in_place: bool
    ) -> None:
        if event.command == "stop":
            await self.dispatcher.handle(event, NullSink())
        elif in_place:
            await self.dispatcher.handle(event, sink)
        else:
            await self._run(event, interaction, sink)

    def _menu(self, title: str, command: str) -> app_commands.ContextMenu:
        async def callback(interaction: discord.Interaction[Any], message: discord.Message) -> None:
            if not self._allowed(interaction):
                await self._turn_away(interaction)
                return
            if not await _acknowledge(interaction, thinking=True, ephemeral=command != "alternate"):
                return
            conversations = self.dispatcher.services.conversations
            node = await conversations.find_message("discord", str(interaction.channel_id), str(message.id))
            if node is None:
                text = translate("That message holds no turn of this conversation.", language_of(interaction.locale))
                await interaction.edit_original_response(content=text)
                return
            arguments = {"turn": node} if command == "go" else {}
            asked = Called(origin=self._origin(interaction), command=command, node=node, arguments=arguments)
            self.keep(self._run(asked, interaction, self.sink(InteractionDelivery(interaction))))

        return app_commands.ContextMenu(name=app_commands.locale_str(title), callback=callback)


async def _acknowledge(interaction: discord.Interaction[Any], *, thinking: bool, ephemeral: bool) -> bool:
    """Within three seconds, or Discord has given it up: then nothing is done, since nobody would see it."""
    try:
        await interaction.response.defer(thinking=thinking, ephemeral=ephemeral)
    except TROUBLE as error:
        log.info("an interaction could not be acknowledged: %s", error)
        return False
    return True
