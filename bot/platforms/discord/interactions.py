"""Slash commands, buttons and menus: acknowledged immediately, then handled like messages."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import discord
from discord import app_commands

from bot.commands.command import Command, ReplyStyle
from bot.config.schema import DiscordSection
from bot.errors import InvalidOption
from bot.events import Author, Called, Dispatcher, NullSink, Origin, Pressed, Thread
from bot.i18n import translate
from bot.platforms.discord import buttons
from bot.platforms.discord.attached_files import AttachedFiles
from bot.platforms.discord.discord_sender import TOKEN
from bot.platforms.discord.forms import MAX_FIELD_LENGTH, arguments_of, form, question_form
from bot.platforms.discord.intake import PAUSE, PLATFORM, author_of, language_of, permitted, thread_of
from bot.platforms.discord.interaction_delivery import Token
from bot.platforms.discord.link import TROUBLE
from bot.platforms.discord.ports import Commands, Messages
from bot.platforms.discord.slash import FILE
from bot.platforms.line.button_ids import Press, read
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.line import Line

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]
QUESTION_SECONDS = 1.5  # of the three within which Discord expects a response
PRESSES = (discord.InteractionType.component, discord.InteractionType.modal_submit)


class Interactions:
    """Turns interactions into events."""

    def __init__(
        self, config: DiscordSection, line: Line, dispatcher: Dispatcher, commands: Commands, messages: Messages
    ) -> None:
        self._config = config
        self._line = line
        self._dispatcher = dispatcher
        self._commands = commands
        self._messages = messages

    # --- origin and permission ----------------------------------------------------------------------------------

    def _origin(self, interaction: Interaction) -> Origin:
        return Origin(
            platform=PLATFORM, channel=str(interaction.channel_id), author=author_of(interaction.user),
            guild=str(interaction.guild_id) if interaction.guild_id else None,
            language=language_of(interaction.locale), is_group=interaction.guild_id is not None,
            speaker_names=self._config.speaker_names, thread=thread_of(interaction.channel), pause=PAUSE,
        )  # fmt: skip

    async def _admitted(self, interaction: Interaction) -> bool:
        """Return whether the user may use the bot there, and tell them privately if not."""
        if permitted(self._config, interaction.user, interaction.channel, interaction.guild_id):
            return True
        text = translate(
            "You are not on the list of people who may use this bot here.", language_of(interaction.locale)
        )
        with contextlib.suppress(*TROUBLE):
            await interaction.response.send_message(text, ephemeral=True)
        return False

    # --- slash commands -----------------------------------------------------------------------------------------

    async def slash(self, interaction: Interaction, command: str, options: dict[str, Any]) -> None:
        """Answer a slash command. It is deferred immediately, to stay within Discord's three seconds."""
        found = self._commands.find(command)
        private = found is not None and found.reply == "private"
        if not await self._admitted(interaction) or await self._asked(interaction, found, options):
            return
        if not await _acknowledge(interaction, thinking=True, private=private):
            return
        file = options.get(FILE.name)
        given = [file] if isinstance(file, discord.Attachment) else []
        arguments = {name: value for name, value in options.items() if value is not file or not given}
        token, number = _token(interaction, private=private), f"i{interaction.id}"
        load = AttachedFiles(given, self._config.max_attachment_kb, language_of(interaction.locale), _refuse).load
        called = Called(
            origin=self._origin(interaction), command=command, arguments=arguments, id=number,
            load=load if given else None,
        )  # fmt: skip
        repeatable = found is not None and found.needs_model and not given
        await self._receive(called, number, token, Handling(repeatable=repeatable))

    async def _asked(self, interaction: Interaction, command: Command | None, options: dict[str, Any]) -> bool:
        """Ask for missing input in a form, which comes back as a press. Returns whether a form was shown."""
        if command is None or command.question is None or FILE.name in options:
            return False
        try:
            async with asyncio.timeout(QUESTION_SECONDS):
                question = await self._dispatcher.question(self._origin(interaction), command.name, options)
        except TimeoutError:
            return False
        made = question_form(command, question, language_of(interaction.locale)) if question else None
        if made is None:
            return False
        with contextlib.suppress(*TROUBLE):
            await interaction.response.send_modal(made)
        return True

    async def completions(self, interaction: Interaction, command: str, option: str, current: str) -> list[str]:
        """Return suggestions for an option's value."""
        if not permitted(self._config, interaction.user, interaction.channel, interaction.guild_id):
            return []
        return await self._dispatcher.complete(self._origin(interaction), command, option, current)

    # --- buttons ------------------------------------------------------------------------------------------------

    async def pressed(self, interaction: Interaction) -> None:
        """Answer a press of a button, a menu choice or a form. Slash commands arrive through the command tree."""
        data: Mapping[str, Any] = interaction.data or {}
        press = read(str(data.get("custom_id", "")))
        if interaction.type not in PRESSES or press is None:
            return
        if not await self._admitted(interaction):
            return
        if press.command == buttons.STOP:
            await self._stop(interaction, press.argument)
            return
        command = self._commands.find(press.command)
        arguments = arguments_of(command, press, data)
        if command is not None and command.asks and not arguments:
            await self._ask(interaction, command)
            return
        await self._answer_press(interaction, press, command, arguments)

    async def _answer_press(
        self, interaction: Interaction, press: Press, command: Command | None, arguments: dict[str, object]
    ) -> None:
        style: ReplyStyle = command.pressed if command is not None else "private"
        in_place, private = style == "in_place", style == "private"
        if not await _acknowledge(interaction, thinking=not in_place, private=private):
            return
        number = f"i{interaction.id}"
        event = Pressed(
            origin=self._origin(interaction), command=press.command, node=press.node, id=number,
            arguments=arguments,
        )  # fmt: skip
        on_panel = press.on_panel and in_place
        token = _token(interaction, private=private, in_place=in_place, panel=on_panel)
        replaces = await self._showing(interaction, press.node) if in_place else ()
        handling = Handling(
            repeatable=command is not None and command.needs_model, ordered=in_place, replaces=replaces,
            panel=str(interaction.message.id) if on_panel and interaction.message else "",
        )  # fmt: skip
        await self._receive(event, number, token, handling)

    async def _ask(self, interaction: Interaction, command: Command) -> None:
        """Show a form for the text that the command needs, prefilled with its first suggestion."""
        option, language = command.option(command.asks), language_of(interaction.locale)
        if option is None:
            return
        offered = await self._dispatcher.complete(self._origin(interaction), command.name, option.name, "")
        given = offered[0] if offered and len(offered[0]) <= MAX_FIELD_LENGTH else ""
        with contextlib.suppress(*TROUBLE):
            data: Mapping[str, Any] = interaction.data or {}
            await interaction.response.send_modal(form(command, option, str(data["custom_id"]), given, language))

    async def _stop(self, interaction: Interaction, item: str) -> None:
        """Stop only the answer that shows the button. If that has ended, remove the button."""
        if not await _acknowledge(interaction, thinking=False, private=False):
            return
        if self._line.is_writing(str(interaction.channel_id), item):
            event = Pressed(origin=self._origin(interaction), command=buttons.STOP, node=None)
            await self._dispatcher.handle(event, NullSink())
        elif not self._line.is_active(str(interaction.channel_id), item):
            with contextlib.suppress(*TROUBLE):
                await interaction.edit_original_response(view=None)

    async def _showing(self, interaction: Interaction, node: int | None) -> tuple[str, ...]:
        """Return all messages of the answer whose button was pressed, for replacement."""
        pressed = str(interaction.message.id) if interaction.message else ""
        if fresh := self._line.showing(str(interaction.channel_id), pressed):
            return fresh
        found = await self._messages.of_node(node) if node is not None else ()
        here = [each.id for each in found if not each.said and each.channel == str(interaction.channel_id)]
        if pressed in here:  # an older answer may also be shown elsewhere: take only messages up to this one
            return tuple(here[: here.index(pressed) + 1])
        return (pressed,) if pressed else ()

    # --- menus --------------------------------------------------------------------------------------------------

    def menus(self) -> list[app_commands.ContextMenu]:
        """Return a message context menu entry for each command that has one."""
        return [self._menu(command) for command in self._commands if command.menu]

    def _menu(self, command: Command) -> app_commands.ContextMenu:
        async def callback(interaction: Interaction, message: discord.Message) -> None:
            private = command.pressed == "private"
            if not await self._admitted(interaction):
                return
            if not await _acknowledge(interaction, thinking=True, private=private):
                return
            found = await self._messages.get(PLATFORM, str(interaction.channel_id), str(message.id))
            if found is None:
                text = translate("That message is not a turn of this conversation.", language_of(interaction.locale))
                await interaction.edit_original_response(content=text)
                return
            number = f"i{interaction.id}"
            arguments = {"turn": found.node} if command.option("turn") is not None else {}
            called = Called(
                origin=self._origin(interaction), command=command.name, node=found.node, arguments=arguments, id=number
            )
            token = _token(interaction, private=private)
            await self._receive(called, number, token, Handling(repeatable=command.needs_model))

        return app_commands.ContextMenu(name=app_commands.locale_str(command.menu), callback=callback)

    # --- to the line --------------------------------------------------------------------------------------------

    async def _receive(self, event: Called | Pressed, number: str, token: Token, handling: "Handling") -> None:
        stored = {
            TOKEN: token.packed(), "origin": packed_origin(event.origin), "command": event.command, "node": event.node,
            "arguments": dict(event.arguments), "pressed": isinstance(event, Pressed), **asdict(handling),
        }  # fmt: skip
        incoming = IncomingEvent(id=number, event=event, at=time.time(), alone=True, stored=stored, **asdict(handling))

        async def read() -> IncomingEvent:
            return incoming

        await self._line.receive(incoming.channel, number, read)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """How the line should handle an interaction; the fields are those of Heard."""

    repeatable: bool
    ordered: bool = False
    replaces: tuple[str, ...] = ()
    panel: str = ""


def unpacked(number: str, stored: Mapping[str, Any], at: float) -> IncomingEvent:
    """Restore an interaction stored by an earlier process."""
    kind = Pressed if stored["pressed"] else Called
    event = kind(
        origin=_unpacked_origin(stored["origin"]), command=stored["command"], node=stored["node"],
        arguments=stored["arguments"], id=number,
    )  # fmt: skip
    return IncomingEvent(
        id=number, event=event, at=at, alone=True, ordered=stored["ordered"], repeatable=stored["repeatable"],
        replaces=tuple(stored["replaces"]), panel=stored.get("panel", ""), stored=stored,
    )  # fmt: skip


def packed_origin(origin: Origin) -> dict[str, Any]:
    """Return the origin as JSON data."""
    author, thread = origin.author, origin.thread
    return {
        "channel": origin.channel, "guild": origin.guild, "language": origin.language, "group": origin.is_group,
        "names": origin.speaker_names, "thread": [thread.channel, thread.message] if thread else None,
        "author": [author.id, author.name, author.is_admin, list(author.roles)],
    }  # fmt: skip


def _unpacked_origin(data: Mapping[str, Any]) -> Origin:
    number, name, is_admin, roles = data["author"]
    return Origin(
        platform=PLATFORM, channel=data["channel"], guild=data["guild"], language=data["language"],
        author=Author(id=number, name=name, is_admin=is_admin, roles=tuple(roles)), is_group=data["group"],
        speaker_names=data["names"], thread=Thread(*data["thread"]) if data["thread"] else None, pause=PAUSE,
    )  # fmt: skip


def _token(interaction: Interaction, *, private: bool, in_place: bool = False, panel: bool = False) -> Token:
    message = interaction.message if in_place else None
    return Token(
        application=interaction.application_id, value=interaction.token, born=time.time(),
        private=private, message=str(message.id) if message else None,
        hooked=message is not None and message.webhook_id not in (None, interaction.application_id), panel=panel,
    )  # fmt: skip


async def _refuse(text: str) -> None:
    raise InvalidOption("{problem}", problem=text)


async def _acknowledge(interaction: Interaction, *, thinking: bool, private: bool) -> bool:
    """Defer the response. Returns False if Discord has already given up: nobody would see an answer."""
    try:
        await interaction.response.defer(thinking=thinking, ephemeral=private)
    except TROUBLE as error:
        log.info("an interaction could not be acknowledged: %s", error)
        return False
    return True
