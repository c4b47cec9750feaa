"""From a message to an answer: parse, authorise, limit, run; and the one place where errors are caught."""

import logging
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.commands.bot import BotServices
from bot.commands.context import Context
from bot.dispatch.parsing import Call, Sampled, check_arguments, read_arguments, split_call, split_sampling
from bot.errors import InvalidOption, NotAllowed, UserError
from bot.events import Message, Reply, Sink
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

    async def handle(self, message: Message, sink: Sink) -> None:
        """Answer ``message`` into ``sink``. Never raises, except when it is cancelled itself.

        What happens to an error, in this order of priority:

        1. The task is cancelled (the platform closes, the client is gone): the reply is cut and kept; nobody is told.
        2. ``NotAllowed``: the asker is told, and the attempt is logged.
        3. ``Busy`` and every other ``UserError``: the asker is told, in their language; nothing is logged.
        4. Anything else out of a plugin's command: as 5, and the plugin is named in the log and in `status`.
        5. Anything else is a defect or an accident: logged with its traceback and a short id; the asker is told the id.
        6. The answer about an error cannot be delivered: logged.
        """
        language = match_language(message.language) or self.services.config.bot.language
        message = _storable(message)
        context: Context | None = None
        try:
            try:
                context = await self._context(message, sink)
                language = context.language
                await self._answer(context)
            except UserError as error:
                await _refuse(error, message, sink, language)
            except Exception as error:
                await self._apologise(error, context, message, sink, language)
        except Exception:
            log.exception("an answer could not be delivered to %s", message.platform)

    async def complete(self, message: Message, command: str, option: str, prefix: str) -> list[str]:
        """What an option's value may be, for autocompletion: at most 25 of what the author may see here."""
        from bot.commands.completion import complete  # not needed by platforms that complete nothing

        try:
            context = await self._context(message, _Nowhere())
            context.command = self.services.registry.require(command)
            return await complete(context, option, prefix)
        except UserError:
            return []

    # --- on the way in ------------------------------------------------------------------------------------------

    async def _context(self, message: Message, sink: Sink) -> Context:
        services = self.services
        conversation = await services.conversations.open(message.platform, message.channel, message.guild)
        user = await user_settings(services.store.values, message)
        wishes = (user.get("language"), conversation.settings.get("language"), message.language)
        known = [language for wish in wishes if (language := match_language(str(wish or "")))]
        target = message.node
        if target is None and message.reply_to:
            target = await services.conversations.find_message(message.platform, message.channel, message.reply_to)
        return Context(
            message=message, command=services.registry.require("chat"), conversation=conversation, services=services,
            sink=sink, language=known[0] if known else services.config.bot.language, target=target,
            layers={"channel": conversation.settings, "user": user},
        )  # fmt: skip

    async def _answer(self, context: Context) -> None:
        message = context.message
        if len(message.text) > LONGEST_TEXT:
            raise InvalidOption("The message is too long: {length} characters.", length=len(message.text))
        call = None if message.command else split_call(message.text)
        context.command = self.services.registry.require(message.command or (call.name if call else "chat"))
        await self._authorise(context)
        await self._limit(context)
        arguments, sampled = self._arguments(context, call)
        self._set_options(context, sampled)
        await self.services.plugins.run(context, arguments)

    async def _authorise(self, context: Context) -> None:
        if await self.services.access.refuses(context.message):
            if context.command.name in QUIET:
                raise Silence
            raise NotAllowed("You are not on the list of those who may use this bot here.")
        if context.command.permission == "admin" and not context.is_admin:
            raise NotAllowed("The command {command} is for administrators.", command=context.command.name)

    async def _limit(self, context: Context) -> None:
        message, command = context.message, context.command
        if command.name in UNLIMITED or context.is_admin:
            return
        limits = await self.services.limits(message)
        user, channel = f"{message.platform}:{message.author.id}", f"{message.platform}:{message.channel}"
        guild = f"{message.platform}:{message.guild}" if message.guild else None
        await self._recall_today(context, user, channel)
        self.services.limiter.spend(
            limits, user=user, channel=channel, guild=guild, address=message.address, light=not command.needs_model
        )

    async def _recall_today(self, context: Context, user: str, channel: str) -> None:
        """After a restart the day's count goes on where the store's record of usage ends."""
        limiter, usage = self.services.limiter, self.services.store.usage
        day = datetime.now(UTC).date()
        if not limiter.knows("user", user):
            limiter.seed_today("user", user, (await usage.total(day=day, user=user)).turns)
        if not limiter.knows("channel", channel):
            total = await usage.total(day=day, channel=context.conversation.id)
            limiter.seed_today("channel", channel, total.turns)

    def _arguments(self, context: Context, call: Call | None) -> tuple[dict[str, Any], Sampled]:
        message, command = context.message, context.command
        if message.command is None:
            text = call.rest if call else message.text
            sampled = split_sampling(text, command) if command.samples else Sampled(text)
            if call is None:  # plain talk is taken as it stands: nothing in it is a named option
                return {"text": sampled.text}, sampled
            return read_arguments(command, sampled.text), sampled
        arguments = dict(message.arguments)
        rest = next((option.name for option in command.options if option.rest), None)
        sampled = Sampled("")
        written = arguments.get(rest) if rest else None
        if command.samples and rest and isinstance(written, str):
            sampled = split_sampling(written, command)
            arguments[rest] = sampled.text
        return check_arguments(command, arguments), sampled

    def _set_options(self, context: Context, sampled: Sampled) -> None:
        message, config = context.message, self.services.config
        channel, user = context.layers["channel"], context.layers["user"]
        names = channel.get("names")
        if names is None:
            names = config.discord.speaker_names if message.platform == "discord" else config.chat.speaker_names
        context.set_options(
            sampling=merge_sampling(self.services.presets.sampling, channel, user, sampled.sampling),
            user=f"{message.platform}:{message.author.id}"[:255],
            speaker_names=bool(names) and message.is_group,
            messages=(*message.merged, message.id) if message.id and context.command.name == "chat" else (),
            **sampled.turn,
        )

    # --- on the way out -----------------------------------------------------------------------------------------

    async def _apologise(
        self, error: Exception, context: Context | None, message: Message, sink: Sink, language: str
    ) -> None:
        identity = secrets.token_hex(3)
        plugin = context.command.plugin if context else ""
        command = context.command.name if context else "?"
        where = f"{command} of the plugin {plugin}" if plugin else command
        log.error("error %s in %s on %s", identity, where, message.platform, exc_info=error)
        if plugin:
            self.services.plugins.blame(plugin, error)
        text = "Something went wrong, and it was not your fault. Nothing that was said is lost. (error {id})"
        await sink.send(Reply(text=translate(text, language, id=identity), kind="error", private=True))


class Silence(NotAllowed):  # no error to the reader: nobody answers
    """The author is shut out and only talked: no answer at all."""

    def __init__(self) -> None:
        super().__init__("")


def _storable(message: Message) -> Message:
    """The message without halves of characters, which no database and no tokenizer takes."""
    arguments = {name: _whole(value) if isinstance(value, str) else value for name, value in message.arguments.items()}
    author = replace(message.author, name=_whole(message.author.name))
    return replace(message, text=_whole(message.text), author=author, arguments=arguments)


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


async def _refuse(error: UserError, message: Message, sink: Sink, language: str) -> None:
    if isinstance(error, NotAllowed):
        who = f"{message.platform}:{message.author.id}"
        log.info("refused %s %s: %s", who, message.command or "", error)
    if not isinstance(error, Silence):
        await sink.send(Reply(text=translate_error(error, language), kind="error", private=True))


class _Nowhere:
    """A sink for what is never answered."""

    async def typing(self) -> None:
        """Nothing."""

    async def update(self, reply: Reply) -> None:
        """Nothing."""

    async def send(self, reply: Reply) -> tuple[str, ...]:
        """Nothing."""
        return ()
