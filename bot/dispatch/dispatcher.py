"""From an event to its answer: identify, authorise, limit, parse, enter, run. Errors are handled here."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.chat.turn import TurnOptions
from bot.commands.bot import BotServices
from bot.commands.completion import complete
from bot.commands.context import TALK_ACTIONS, Context
from bot.commands.plugin_failures import details, place_of
from bot.commands.scene_answers import show_written
from bot.dispatch.admission import admit, authorise
from bot.dispatch.call import Call, Silence, answered, said, storable
from bot.dispatch.channel_view import ChannelView, find_view, last_said, open_view, said_again, target_of
from bot.dispatch.parsing import (
    SampledText,
    answers_wanted,
    check_arguments,
    read_arguments,
    split_call,
    split_sampling,
)
from bot.errors import InvalidOption, NotAllowed, UserError
from bot.events import (
    TALK,
    Called,
    Deleted,
    Edited,
    Event,
    NullSink,
    Origin,
    Pressed,
    Question,
    Recovered,
    Reply,
    Said,
    Sink,
)
from bot.i18n import match_language, translate, translate_error
from bot.policy.layers import merge_sampling
from bot.request_id import new_request, request_id
from bot.tracing import spanned

log = logging.getLogger(__name__)

MAX_TEXT_LENGTH = 1_000_000  # characters; longer messages are not even parsed


class Dispatcher:
    """The entry point for all events of all platforms."""

    def __init__(self, services: BotServices) -> None:
        self.services = services
        self.metrics = services.core.metrics

    async def handle(self, event: Event, sink: Sink) -> None:
        """Answer ``event`` into ``sink``. Never raises, unless it is cancelled itself.

        Errors are handled in this order:

        1. The task is cancelled (the platform closes, the client is gone): the reply is cut and kept; nobody is told.
        2. ``NotAllowed``: the user is told, and the attempt is logged.
        3. ``Busy`` and every other ``UserError``: the user is told, in their language; nothing is logged.
        4. Any other error in a plugin's command: as 5, and the plugin is named in the log and in `status`.
        5. Any other error is a bug or an accident: logged with its traceback and a short id; the user is told the id.
        6. The error message cannot be delivered: logged.
        """
        event = storable(event)
        self.metrics.count("roost_events_total", platform=event.origin.platform, kind=type(event).__name__.lower())
        began = time.monotonic()
        attributes = {"roost.platform": event.origin.platform, "roost.kind": type(event).__name__.lower()}
        with new_request() as identity, spanned("roost event", {**attributes, "roost.request": identity}):
            try:
                call = await self._handled(event, sink)
            except Exception:
                log.exception("an answer could not be delivered to %s", event.origin.platform)
                return
        if call is not None:
            self.metrics.count("roost_calls_total", command=call.command.name)
            self.metrics.observe("roost_answer_seconds", time.monotonic() - began)

    async def _handled(self, event: Event, sink: Sink) -> Call | None:
        call: Call | None = None
        try:
            if isinstance(event, Recovered):
                await self._show_again(event, sink)
            elif (call := await self._identify(event, sink)) is not None:
                await self._answer(call)
        except UserError as error:
            await self._refuse(error, event, sink)
        except Exception as error:
            await self._report_error(error, call, event, sink)
        return call

    async def complete(self, origin: Origin, command: str, option: str, prefix: str) -> list[str]:
        """Return suggestions for an option's value: at most 25 that the author may see here."""
        try:
            found = self.services.registry.require(command)
            if await self.services.access.refuses(origin):
                return []
            event = Called(origin=storable(Called(origin=origin, command=command)).origin, command=command)
            call = Call(event=event, sink=NullSink(), command=found)
            return await complete(self._context(call, await find_view(self.services, origin)), option, prefix)
        except UserError:
            return []

    async def question(self, origin: Origin, command: str, arguments: Mapping[str, object]) -> Question | None:
        """Return what the command asks for in a form; None if nothing is missing or nothing can be asked."""
        try:
            found = self.services.registry.require(command)
            if found.question is None or await self.services.access.refuses(origin):
                return None
            event = Called(origin=origin, command=command, arguments=arguments)
            call = _read(Call(event=event, sink=NullSink(), command=found))
            context = self._context(call, await find_view(self.services, origin))
            return await found.question(context, **call.arguments)
        except UserError:
            return None

    async def refuses(self, origin: Origin) -> bool:
        """Return whether the lists forbid the author to use the bot there."""
        return await self.services.access.refuses(origin)

    async def shown(self, origin: Origin, texts: Sequence[str]) -> list[str]:
        """Return earlier replies as people here may see them, after the plugins' filters."""
        if not self.services.plugins.filters("after"):
            return list(texts)
        context = await self._talk_context(origin, NullSink())
        return [await self.services.plugins.filter("after", context, text) for text in texts]

    # --- stages -------------------------------------------------------------------------------------------------

    async def _answer(self, call: Call) -> None:
        await authorise(self.services, call)
        async with await admit(self.services, call):
            if isinstance(call.event, Deleted):
                await self._take_back(call.event)
            else:
                await self._run(_read(await _load(call)))

    async def _identify(self, event: Said | Called | Pressed | Edited | Deleted, sink: Sink) -> Call | None:
        """Return the call for an event, or None if there is nothing to do. Creates nothing and reads little."""
        registry = self.services.registry
        target = None
        if isinstance(event, Deleted):
            found = await last_said(self.services, event.origin, event.id)
            return Call(event=event, sink=sink, command=registry.require("undo")) if found else None
        if isinstance(event, Edited):
            if (again := await said_again(self.services, event)) is None:
                return None  # only the last message can be edited
            event, target = again
        if isinstance(event, (Called, Pressed)):
            command = registry.require(event.command)
            texts = [value for value in event.arguments.values() if isinstance(value, str)]
            return Call(event=event, sink=sink, command=command, answers=answers_wanted(command, *texts))
        if len(event.text) > MAX_TEXT_LENGTH:
            raise InvalidOption("The message is too long: {length} characters.", length=len(event.text))
        if not event.text.strip() and not event.attachments and event.load is None:  # a mention without text
            return Call(event=event, sink=sink, command=registry.require("help"))
        named = split_call(event.text)
        command, text = (registry.require(named.name), named.rest) if named else (registry.require(TALK), event.text)
        return Call(
            event=event, sink=sink, command=command, text=text, is_plain=named is None, target=target,
            answers=answers_wanted(command, text),
        )  # fmt: skip

    async def _run(self, call: Call) -> None:
        services, command = self.services, call.command
        view = await (open_view if command.needs_conversation else find_view)(services, call.origin)
        if (target := await target_of(services, call, view)) != call.target:
            call = replace(call, target=target)
        context = self._context(call, view)
        await services.plugins.run(command, command.run(context, **call.arguments))

    def _context(self, call: Call, view: ChannelView) -> Context:
        services, origin, requester = self.services, call.origin, call.requester
        names = view.channel.get("names")
        if names is None:
            names = services.settings.speaker_names if origin.speaker_names is None else origin.speaker_names
        presets = services.presets.sampling
        options = TurnOptions(
            sampling=merge_sampling(presets, view.channel, view.user, call.sampled.sampling),
            user=requester.user[:255],
            address=requester.address or "",
            speaker_names=bool(names) and origin.is_group,
            messages=said(call.event) if call.command.name == TALK else (),
            answers=answered(call.event),
            **call.sampled.turn,
        )
        return Context(
            event=call.event, command=call.command, place=view.conversation, services=services, sink=call.sink,
            options=options, language=view.language, target=call.target,
            layers={"channel": view.channel, "user": view.user},
        )  # fmt: skip

    # --- events without a command -------------------------------------------------------------------------------

    async def _take_back(self, event: Deleted) -> None:
        """Undo the turn of the deleted message, unless HEAD has moved meanwhile."""
        if (found := await last_said(self.services, event.origin, event.id)) is not None:
            conversation, node = found
            await conversation.channel.undo_if_head(node)

    async def _show_again(self, event: Recovered, sink: Sink) -> None:
        """Show an answer that was written but not delivered."""
        context = await self._talk_context(event.origin, sink)
        turn = await self.services.core.store.nodes.get(event.node)
        if context.place is None or turn is None or turn.channel != context.place.channel.id:
            return
        if turn.kind == "line" and context.place.scene.is_active:
            await show_written(context, turn)
            return
        position = await context.place.channel.position(event.node)
        text = await self.services.plugins.filter("after", context, turn.output)
        await context.send(Reply(
            text=text, kind="turn", node=turn.id, position=position, finish_reason=turn.finish_reason,
            actions=TALK_ACTIONS, speaker=await context.speaker(turn.speaker),
        ))  # fmt: skip

    async def _talk_context(self, origin: Origin, sink: Sink) -> Context:
        event = Called(origin=origin, command=TALK)
        call = Call(event=event, sink=sink, command=self.services.registry.require(TALK))
        return self._context(call, await find_view(self.services, origin))

    # --- errors -------------------------------------------------------------------------------------------------

    async def _language(self, origin: Origin) -> str:
        """Return the reader's language, as far as it can be determined after an error."""
        try:
            return (await find_view(self.services, origin)).language
        except Exception:  # the database itself may be what failed
            return match_language(origin.language) or self.services.settings.language

    async def _refuse(self, error: UserError, event: Event, sink: Sink) -> None:
        self.metrics.count("roost_refusals_total", kind=type(error).__name__)
        if isinstance(error, Silence):
            return
        if isinstance(error, NotAllowed):
            who = f"{event.origin.platform}:{event.origin.author.id}"
            log.info("refused %s %s: %s", who, getattr(event, "command", ""), error)
        language = await self._language(event.origin)
        await sink.send(Reply(text=translate_error(error, language), kind="error", private=True))

    async def _report_error(self, error: Exception, call: Call | None, event: Event, sink: Sink) -> None:
        self.metrics.count("roost_failures_total")
        identity = request_id()
        plugin, command = (call.command.plugin, call.command.name) if call else ("", "?")
        where = f"{command} of the plugin {plugin}" if plugin else command
        if plugin:
            message = "error %s in %s on %s: %s"
            log.error(message, identity, where, event.origin.platform, place_of(error), extra=details(error))
            self.services.plugins.record_failure(plugin, error)
        else:
            log.error("error %s in %s on %s", identity, where, event.origin.platform, exc_info=error)
        text = "Something went wrong, and it was not your fault. Nothing that was said is lost. (error {id})"
        language = await self._language(event.origin)
        await sink.send(Reply(text=translate(text, language, id=identity), kind="error", private=True))


async def _load(call: Call) -> Call:
    """Fetch the attached files, now that the author is authorised and within the limits."""
    event = call.event
    if not isinstance(event, (Said, Called, Edited)) or event.load is None:
        return call
    loaded = await event.load(call.command.takes_file)
    event = replace(event, attachments=(*event.attachments, *loaded), load=None)
    if not event.attachments and isinstance(event, (Said, Edited)) and not event.text.strip():
        raise Silence  # no file can be read, and the platform has said so
    return replace(call, event=event)


def _read(call: Call) -> Call:
    """Parse the command's arguments and the sampling options. Raises InvalidOption."""
    command, event = call.command, call.event
    if not isinstance(event, (Called, Pressed)):
        sampled = split_sampling(call.text, command) if command.samples else SampledText(call.text)
        # Plain messages are taken literally: nothing in them is a named option.
        arguments = {"text": sampled.text} if call.is_plain else read_arguments(command, sampled.text)
        return replace(call, arguments=arguments, sampled=sampled)
    arguments = dict(event.arguments)
    rest = next((option.name for option in command.options if option.rest), None)
    written = arguments.get(rest) if rest else None
    sampled = SampledText("")
    if command.samples and rest and isinstance(written, str):
        sampled = split_sampling(written, command)
        arguments[rest] = sampled.text
    return replace(call, arguments=check_arguments(command, arguments), sampled=sampled)
