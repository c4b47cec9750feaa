"""From an event to an answer: parse, authorise, limit, run; and the one place where errors are caught."""

import logging
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.commands.bot import BotServices
from bot.commands.context import TALK_ACTIONS, Context
from bot.dispatch.parsing import Call, Sampled, check_arguments, read_arguments, split_call, split_sampling
from bot.errors import InvalidOption, NotAllowed, UserError
from bot.events import Called, Deleted, Edited, Event, NullSink, Origin, Pressed, Recovered, Reply, Said, Sink
from bot.i18n import match_language, translate, translate_error
from bot.policy.layers import merge_sampling, user_settings

log = logging.getLogger(__name__)

UNLIMITED = ("stop",)  # whoever wants less from the model is never told to wait
QUIET = ("chat",)  # people who are shut out hear so when they give a command, not at each of their words
LONGEST_TEXT = 1_000_000  # characters; beyond this nothing is even looked at


class Dispatcher:
    """The only door that platforms use."""

    def __init__(self, services: BotServices) -> None:
        self.services = services

    async def handle(self, event: Event, sink: Sink) -> None:
        """Answer ``event`` into ``sink``. Never raises, except when it is cancelled itself.

        What happens to an error, in this order of priority:

        1. The task is cancelled (the platform closes, the client is gone): the reply is cut and kept; nobody is told.
        2. ``NotAllowed``: the asker is told, and the attempt is logged.
        3. ``Busy`` and every other ``UserError``: the asker is told, in their language; nothing is logged.
        4. Anything else out of a plugin's command: as 5, and the plugin is named in the log and in `status`.
        5. Anything else is a defect or an accident: logged with its traceback and a short id; the asker is told the id.
        6. The answer about an error cannot be delivered: logged.
        """
        event = storable(event)
        language = match_language(event.origin.language) or self.services.config.bot.language
        context: Context | None = None
        try:
            try:
                context = await self._context(event, sink)
                language = context.language
                await self._answer(context)
            except UserError as error:
                await _refuse(error, event, sink, language)
            except Exception as error:
                await self._apologise(error, context, event, sink, language)
        except Exception:
            log.exception("an answer could not be delivered to %s", event.origin.platform)

    async def complete(self, origin: Origin, command: str, option: str, prefix: str) -> list[str]:
        """What an option's value may be, for autocompletion: at most 25 of what the author may see here."""
        from bot.commands.completion import complete  # not needed by platforms that complete nothing

        try:
            context = await self._context(Called(origin=origin, command=command), NullSink())
            context.command = self.services.registry.require(command)
            return await complete(context, option, prefix)
        except UserError:
            return []

    # --- on the way in ------------------------------------------------------------------------------------------

    async def _context(self, event: Event, sink: Sink) -> Context:
        services, origin = self.services, event.origin
        conversation = await services.conversations.open(
            origin.platform, origin.channel, origin.guild, language=origin.language
        )
        user = await user_settings(services.store.values, origin)
        wishes = (user.get("language"), conversation.channel.settings.get("language"), origin.language)
        known = [language for wish in wishes if (language := match_language(str(wish or "")))]
        target = None if isinstance(event, (Edited, Deleted)) else event.node
        if isinstance(event, Said) and target is None and event.reply_to:
            target = await services.conversations.find_message(origin.platform, origin.channel, event.reply_to)
        return Context(
            event=event, command=services.registry.require("chat"), conversation=conversation, services=services,
            sink=sink, language=known[0] if known else services.config.bot.language, target=target,
            layers={"channel": conversation.channel.settings, "user": user},
        )  # fmt: skip

    async def _answer(self, context: Context) -> None:
        event = context.event
        if isinstance(event, (Edited, Deleted)):
            if (before := await self._before(context, event)) is None:
                return  # only the last thing that was said can be said differently, or be taken back
            context.target = before
        elif isinstance(event, Recovered):
            await self._show_again(context, event)
            return
        text = event.text if isinstance(event, (Said, Edited)) else ""
        if len(text) > LONGEST_TEXT:
            raise InvalidOption("The message is too long: {length} characters.", length=len(text))
        call = split_call(text) if isinstance(event, (Said, Edited)) else None
        name = event.command if isinstance(event, (Called, Pressed)) else call.name if call else "chat"
        context.command = self.services.registry.require("undo" if isinstance(event, Deleted) else name)
        await self._authorise(context)
        await self._limit(context)
        await _load(context)
        arguments, sampled = self._arguments(context, call)
        self._set_options(context, sampled)
        await self.services.plugins.run(context, arguments)

    async def _authorise(self, context: Context) -> None:
        if await self.services.access.refuses(context.origin):
            if context.command.name in QUIET:
                raise Silence
            raise NotAllowed("You are not on the list of those who may use this bot here.")
        if context.command.permission == "admin" and not context.is_admin:
            raise NotAllowed("The command {command} is for administrators.", command=context.command.name)

    async def _limit(self, context: Context) -> None:
        origin, command = context.origin, context.command
        if command.name in UNLIMITED or context.is_admin:
            return
        limits = await self.services.limits(origin)
        user, channel = f"{origin.platform}:{origin.author.id}", f"{origin.platform}:{origin.channel}"
        guild = f"{origin.platform}:{origin.guild}" if origin.guild else None
        await self._recall_today(context, user, channel)
        self.services.limiter.spend(
            limits, user=user, channel=channel, guild=guild, address=origin.address, light=not command.needs_model
        )

    async def _recall_today(self, context: Context, user: str, channel: str) -> None:
        """After a restart the day's count goes on where the store's record of usage ends."""
        limiter, usage = self.services.limiter, self.services.store.usage
        day = datetime.now(UTC).date()
        if not limiter.knows("user", user):
            limiter.seed_today("user", user, (await usage.total(day=day, user=user)).turns)
        if not limiter.knows("channel", channel):
            total = await usage.total(day=day, channel=context.conversation.channel.id)
            limiter.seed_today("channel", channel, total.turns)

    def _arguments(self, context: Context, call: Call | None) -> tuple[dict[str, Any], Sampled]:
        event, command = context.event, context.command
        if isinstance(event, (Said, Edited)):
            text = call.rest if call else event.text
            sampled = split_sampling(text, command) if command.samples else Sampled(text)
            if call is None:  # plain talk is taken as it stands: nothing in it is a named option
                return {"text": sampled.text}, sampled
            return read_arguments(command, sampled.text), sampled
        arguments = dict(event.arguments) if isinstance(event, (Called, Pressed)) else {}
        rest = next((option.name for option in command.options if option.rest), None)
        sampled = Sampled("")
        written = arguments.get(rest) if rest else None
        if command.samples and rest and isinstance(written, str):
            sampled = split_sampling(written, command)
            arguments[rest] = sampled.text
        return check_arguments(command, arguments), sampled

    def _set_options(self, context: Context, sampled: Sampled) -> None:
        origin, config, event = context.origin, self.services.config, context.event
        channel, user = context.layers["channel"], context.layers["user"]
        names = channel.get("names")
        if names is None:
            names = config.chat.speaker_names if origin.speaker_names is None else origin.speaker_names
        context.set_options(
            sampling=merge_sampling(self.services.presets.sampling, channel, user, sampled.sampling),
            user=f"{origin.platform}:{origin.author.id}"[:255],
            speaker_names=bool(names) and origin.is_group,
            messages=_answers(event) if context.command.name == "chat" else (),
            **sampled.turn,
        )

    async def _before(self, context: Context, event: Edited | Deleted) -> int | None:
        """The turn before the one that the event's message asked for, if that one is HEAD."""
        find, origin = self.services.conversations.find_message, event.origin
        node = await find(origin.platform, origin.channel, event.id)
        head = context.conversation.channel.head
        return head.parent if head.id == node and head.kind == "chat" else None

    async def _show_again(self, context: Context, event: Recovered) -> None:
        turn = await self.services.store.nodes.get(event.node)
        if turn is None or turn.channel != context.conversation.channel.id:
            return
        place = await context.conversation.channel.position(event.node)
        text = await self.services.plugins.filter("after", context, turn.output)
        await context.send(Reply(
            text=text, kind="turn", node=turn.id, position=place, finish_reason=turn.finish_reason,
            actions=TALK_ACTIONS, speaker=context.speaker,
        ))  # fmt: skip

    # --- on the way out -----------------------------------------------------------------------------------------

    async def _apologise(
        self, error: Exception, context: Context | None, event: Event, sink: Sink, language: str
    ) -> None:
        identity = secrets.token_hex(3)
        plugin = context.command.plugin if context else ""
        command = context.command.name if context else "?"
        where = f"{command} of the plugin {plugin}" if plugin else command
        log.error("error %s in %s on %s", identity, where, event.origin.platform, exc_info=error)
        if plugin:
            self.services.plugins.blame(plugin, error)
        text = "Something went wrong, and it was not your fault. Nothing that was said is lost. (error {id})"
        await sink.send(Reply(text=translate(text, language, id=identity), kind="error", private=True))


async def _load(context: Context) -> None:
    """Fetch the files that came along, now that the author is authorised and within the limits."""
    event = context.event
    if not isinstance(event, (Said, Called, Edited)) or event.load is None:
        return
    loaded = await event.load(context.command.takes_file)
    context.event = replace(event, attachments=(*event.attachments, *loaded), load=None)
    if not context.event.attachments and isinstance(event, (Said, Edited)) and not event.text.strip():
        raise Silence  # none of the files can be read, and the platform has said so


def _answers(event: Event) -> tuple[str, ...]:
    """The platform's ids of what is answered: the turn is committed with them."""
    if isinstance(event, Said):
        return tuple(each.id for each in event.merged) or ((event.id,) if event.id else ())
    if isinstance(event, Edited):
        return (event.id, event.edit) if event.edit else (event.id,)
    return (event.id,) if isinstance(event, (Called, Pressed)) and event.id else ()


class Silence(NotAllowed):  # no error to the reader: nobody answers
    """The author is shut out and only talked: no answer at all."""

    def __init__(self) -> None:
        super().__init__("")


def storable(event: Event) -> Event:
    """The event without halves of characters, which no database and no tokenizer takes."""
    author = replace(event.origin.author, name=_whole(event.origin.author.name))
    event = replace(event, origin=replace(event.origin, author=author))
    if isinstance(event, (Said, Edited)):
        return replace(event, text=_whole(event.text))
    if isinstance(event, (Called, Pressed)):
        given = event.arguments.items()
        return replace(
            event, arguments={name: _whole(value) if isinstance(value, str) else value for name, value in given}
        )
    return event


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


async def _refuse(error: UserError, event: Event, sink: Sink, language: str) -> None:
    if isinstance(error, NotAllowed):
        who = f"{event.origin.platform}:{event.origin.author.id}"
        log.info("refused %s %s: %s", who, getattr(event, "command", ""), error)
    if not isinstance(error, Silence):
        await sink.send(Reply(text=translate_error(error, language), kind="error", private=True))
