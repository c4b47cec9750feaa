"""Replies in scenes: lines with their speakers' names, people's words as lines, and who answers them."""

from collections.abc import AsyncIterator
from dataclasses import replace

from bot.chat.scene_stage import Stage
from bot.chat.turn import CUT, TurnUpdate
from bot.commands.context import Context
from bot.commands.scene_panel import make_panel, noted, pressed_line
from bot.errors import InvalidOption
from bot.events import Reply, Speaker
from bot.library.cards.pictures import data_url
from bot.library.prompts import clean_name
from bot.library.scenes.scene_definition import same_name
from bot.policy.limits import Requester
from bot.policy.scopes import character_scope
from bot.store.node import Node

LINE_ACTIONS = ("more", "accept", "drop")


async def hear(context: Context, text: str) -> None:
    """Add a plain message in a scene as a line, then let those whose turn it is answer."""
    scene = context.conversation.scene
    name = person(context, await scene.stage())
    await scene.line(name, text, options=context.options, person=True)
    context.options = replace(context.options, messages=(), answers=())  # already stored with the line
    answering = await scene.answering(text)
    if not answering:
        await show_panel(context, context.t("{name} has spoken. `+speak NAME` lets someone answer.", name=name))
    await speak_in_turn(context, answering)


async def say_alone(context: Context, text: str) -> None:
    """Add a person's line that nobody answers."""
    scene = context.conversation.scene
    await scene.line(person(context, await scene.stage()), text, options=context.options, person=True)
    await show_panel(context, context.t("Noted, without an answer."))


def no_scene(context: Context) -> None:
    """Raise InvalidOption if a scene is being played, in which every line has a speaker."""
    if context.conversation.scene.is_active:
        raise InvalidOption("In a scene, `+speak NAME` lets someone continue, and `+more` writes other lines.")


async def speak_in_turn(context: Context, names: list[str]) -> None:
    """Let each of ``names`` say one line, until somebody stops it."""
    for place, name in enumerate(names):
        updates = await speaking(context, name, further=place > 0)
        more = place < len(names) - 1
        update = await show_line(context, updates, name, more=more)
        if update is None or update.finish_reason in CUT:
            if more:
                await show_panel(context)
            return


async def speaking(context: Context, name: str, *, further: bool = False) -> AsyncIterator[TurnUpdate]:
    """Stream the model's line for ``name``, with as many candidates as are set for this channel.

    ``further``: this call has already produced a line. Raises Busy if the caller's limit is exceeded.
    """
    options = context.options
    if options.n == 1:
        options = replace(options, n=wanted_candidates(context))
    await _spend(context, options.n if further else options.n - context.options.n)
    return context.conversation.scene.speak(name, options=options, last=None if further else pressed_line(context))


async def _spend(context: Context, answers: int) -> None:
    """Count replies in addition to those that the dispatcher has counted for this call."""
    services, origin = context.services, context.origin
    if answers < 1 or services.access.rank(origin) != "everyone":
        return
    requester = Requester(
        user=f"{origin.platform}:{origin.author.id}", channel=f"{origin.platform}:{origin.channel}",
        guild=f"{origin.platform}:{origin.guild}" if origin.guild else None, address=origin.address, answers=answers,
    )  # fmt: skip
    await services.limiter.spend(await services.limits.limits(origin), requester)


def wanted_candidates(context: Context) -> int:
    chosen = context.conversation.channel.settings.get("scene_candidates")
    return chosen if isinstance(chosen, int) and 1 <= chosen <= 8 else 1


async def show_line(
    context: Context, updates: AsyncIterator[TurnUpdate], name: str, *, more: bool = False
) -> TurnUpdate | None:
    """Show a line while it is written, with its speaker's name and picture. ``more``: further lines follow."""
    face = await speaker(context, name)

    async def finish(reply: Reply) -> Reply:
        return reply if more else replace(reply, panel=await make_panel(context))

    return await context.stream(updates, actions=LINE_ACTIONS, speaker=face, more=more, finish=finish)


async def show_panel(context: Context, note: str = "", *, removes: bool = False) -> None:
    """Show the panel alone. Where it is not a separate message, only ``note`` is shown."""
    panel = await make_panel(context, note)
    tip = await context.conversation.pending.tip()
    panel = replace(noted(panel, note) if note else panel, removes=removes)
    await context.send(Reply(text="", node=tip.id, panel=panel))


async def speaker(context: Context, name: str) -> Speaker | None:
    """Return the name and picture shown with a line; None for narration."""
    if not name:
        return None
    picture = await context.conversation.picture(name, character_scope(context.origin))
    return Speaker(name, None if picture is None else data_url(picture))


async def another(context: Context) -> None:
    """Stream further candidates for the last line."""
    scene = context.conversation.scene
    last = await scene.last_line()
    options = context.options
    if options.n == 1:
        options = replace(options, n=wanted_candidates(context))
    await _spend(context, options.n - context.options.n)
    await show_line(context, scene.more(options=options, last=pressed_line(context)), last.speaker)


async def pick_line(context: Context, number: int, words: str) -> None:
    """Choose another candidate for the last line or for the target, optionally with other words."""
    scene = context.conversation.scene
    line = await scene.pick(number, node=context.target, last=pressed_line(context))
    if words:
        line = await scene.rewrite(await context.checked(words), node=line.id)
    await show_written(context, line)


async def swipe_line(context: Context, way: int) -> None:
    """Choose the next candidate to the right (1) or left (-1), for the last line or the target."""
    target = context.target or (await context.conversation.scene.last_line()).id
    await show_written(context, await context.conversation.channel.swipe(way, node=target))


async def show_written(context: Context, line: Node) -> None:
    """Show an existing line in the same way as a new one by the model."""
    position = await context.conversation.channel.position(line.id)
    text = await context.services.plugins.filter("after", context, line.output)
    face = await speaker(context, line.speaker)
    panel = await make_panel(context)
    await context.send(Reply(
        text=text, kind="turn", node=line.id, position=position, actions=LINE_ACTIONS, speaker=face,
        finish_reason=line.finish_reason, panel=replace(panel, plain=""),
    ))  # fmt: skip


def person(context: Context, stage: Stage) -> str:
    """Return the name for the caller's lines: their role, or else their own name, unless it is taken by the cast."""
    roles = context.conversation.channel.settings.get("scene_roles")
    role = roles.get(context.options.user) if isinstance(roles, dict) else None
    if isinstance(role, str) and role in stage.present:
        return role
    own = clean_name(context.author) or "User"
    taken = same_name(own, (*stage.roles, *stage.voices))
    if taken is None or (taken in stage.present and stage.roles[taken].player):
        return taken or own
    return f"{own}-2"
