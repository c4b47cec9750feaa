"""The lines of a scene: written by the model or by people, chosen among candidates, accepted or dropped."""

import re
from dataclasses import replace

from bot.chat.turn import CUT
from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.commands.scene_answers import person, show_line, show_panel, show_written, speaking
from bot.commands.scene_panel import pressed_line
from bot.commands.talk import speak_here, with_line_breaks
from bot.errors import InvalidOption
from bot.i18n import N_, plural

NAME = Option(name="name", required=True, complete="cast", help=N_("whose line; a name of several words in quotes"))
TEXT = Option(name="text", required=True, rest=True, help=N_("what to say"))
MAX_AUTO = 20
MAX_PENDING_LENGTH = 160  # characters per line in the list
BEGINS = re.compile(r"(?<!\s)(?:\s+begins with\s+|\s*[:：]\s*)", re.IGNORECASE)


@command("speak", summary=N_("Let the model write what someone says next: in a scene, one of the cast."),
         family="scenes", options=(Option(name="name", required=True, rest=True, complete="cast",
                         help=N_("who speaks, and how it begins")),),
         examples=("+speak Ann", "+speak Ann begins with Well, -n=3"), samples=True, needs_model=True)  # fmt: skip
async def speak(context: Context, name: str) -> None:
    """Adds a line by the model, as pending or at HEAD. A given beginning is part of the line."""
    wanted, *beginning = BEGINS.split(name, maxsplit=1)
    if not context.conversation.scene.is_active:
        await speak_here(context, wanted, with_line_breaks("".join(beginning)))
        return
    stage = await context.conversation.scene.stage()
    name = stage.speaker(wanted)
    if beginning:
        context.options = replace(context.options, prefix=with_line_breaks(beginning[0]))
    await show_line(context, await speaking(context, name), name)


@command("as", summary=N_("Write a line for someone in the scene yourself."), family="scenes", options=(NAME, TEXT),
         examples=("+as Ann I never said that.",))  # fmt: skip
async def say_as(context: Context, name: str, text: str) -> None:
    """Adds a line, which nobody answers automatically."""
    said = await context.checked(with_line_breaks(text))
    await show_written(context, await context.conversation.scene.line(name, said, options=context.options))


@command("narrate", summary=N_("Tell what happens in the scene; everyone there hears it."), family="scenes",
         options=(TEXT,), examples=("+narrate The lights go out.",))  # fmt: skip
async def narrate(context: Context, text: str) -> None:
    """Adds a paragraph without a label."""
    said = await context.checked(with_line_breaks(text))
    await show_written(context, await context.conversation.scene.line("", said, options=context.options))


@command("whisper", summary=N_("Say something that only one character hears."), family="scenes",
         options=(NAME, TEXT), examples=("+whisper Ann The key is under the mat.",), reply="private")  # fmt: skip
async def whisper(context: Context, name: str, text: str) -> None:
    """Adds a line that other roles never read."""
    scene = context.conversation.scene
    said = await context.checked(with_line_breaks(text))
    speaker = person(context, await scene.stage())
    line = await scene.line(speaker, said, options=context.options, person=True, only=name)
    listener = next(iter(known for known in line.scene["heard"] if known != speaker), name)
    await context.say(context.t("{name} heard it, and nobody else.", name=listener), private=True, node=line.id)


@command("candidates", summary=N_("How many lines the model writes each time, to choose from."), family="scenes",
         options=(Option(name="number", kind="int", required=True, minimum=1, maximum=8, help=N_("1 to 8")),),
         examples=("+candidates 4",))  # fmt: skip
async def candidates(context: Context, number: int) -> None:
    """Sets the number of candidates, which are all drawn in one batch from one state. The tree does not change."""
    await context.conversation.scene.stage()
    await context.conversation.channel.set_setting("scene_candidates", number)
    count = plural(number, N_("One line is written each time."), N_("{count} lines are written each time."))
    await context.say(context.t(count, count=number))


@command("pending", summary=N_("Show the lines not accepted yet; `pending off` accepts each line at once."),
         family="scenes", options=(Option(name="wait", kind="bool", help=N_("whether lines wait")),),
         examples=("+pending", "+pending off"))  # fmt: skip
async def pending(context: Context, wait: bool | None) -> None:
    """Lists pending lines, oldest first, with the numbers that `accept` uses. The tree does not change."""
    if wait is not None:
        await context.conversation.scene.stage()
        await context.conversation.channel.set_setting("scene_pending", wait)
    lines = await context.shown(await context.conversation.pending.lines())
    shown = [f"{number}. {_one_line(line.speaker, line.output)}" for number, line in enumerate(lines, 1)
             if line.output]  # fmt: skip
    await context.say("\n".join(shown) or context.t("No line is pending."))


def _one_line(speaker: str, text: str) -> str:
    words = " ".join(text.split())
    short = words if len(words) <= MAX_PENDING_LENGTH else f"{words[: MAX_PENDING_LENGTH - 1]}…"
    return f"**{speaker}**: {short}" if speaker else short


@command("accept", summary=N_("Accept the pending lines, or only the first few."), family="scenes",
         options=(Option(name="lines", kind="int", minimum=1, help=N_("how many, starting with the first")),),
         examples=("+accept", "+accept 2"), press="in_place", button="✅")  # fmt: skip
async def accept(context: Context, lines: int | None) -> None:
    """Moves HEAD to the last accepted line."""
    waiting = await context.conversation.pending.lines()
    chosen = waiting[lines - 1].id if lines and lines <= len(waiting) else None
    await context.conversation.pending.accept(chosen, last=pressed_line(context))
    left = await context.conversation.pending.lines()
    count = len(waiting) - len(left)
    text = plural(count, N_("One line is accepted."), N_("{count} lines are accepted."))
    await show_panel(context, context.t(text, count=count))


@command("drop", summary=N_("Drop the last pending line, the last few, or `all`."), family="scenes",
         options=(Option(name="lines", default="1", help=N_("how many, or all")),),
         examples=("+drop", "+drop 3", "+drop all"), press="in_place", button="🗑️")  # fmt: skip
async def drop(context: Context, lines: str) -> None:
    """Drops lines from the pending ones. They stay in the tree, but no role remembers them."""
    if lines != "all" and not (lines.isdecimal() and 1 <= int(lines[:4]) <= 1000):
        raise InvalidOption("{name} must be {range}, not {value}.", name="lines", range="1, 2, 3 …, all",
                            value=lines[:40])  # fmt: skip
    count = None if lines == "all" else int(lines[:4])
    left = await context.conversation.pending.drop(count, last=pressed_line(context))
    text = plural(len(left), N_("Dropped. One line is pending."), N_("Dropped. {count} lines are pending."))
    await show_panel(context, context.t(text, count=len(left)), removes=True)


@command("check", summary=N_("Accept what is pending and name this place; `load` with that name brings you back."),
         family="scenes", options=(Option(name="name", default="", rest=True, help=N_("the checkpoint's name")),),
         examples=("+check before the duel", "+check"))  # fmt: skip
async def check(context: Context, name: str) -> None:
    """Accepts the pending lines and adds a bookmark at HEAD; without a name, lists the bookmarks."""
    channel = context.conversation.channel
    if not name:
        marks = await channel.saves()
        listed = "\n".join(f"· `{mark.name}`" for mark in marks)
        await context.say(listed or context.t("There are no saves yet; `+save NAME` makes one."))
        return
    if channel.pending is not None:
        await context.conversation.pending.accept()
    mark = await channel.save(name)
    await context.say(context.t("Saved as {name}. `+load` with that name brings you back here.", name=f"`{mark.name}`"))


@command("auto", summary=N_("Let the characters talk among themselves; `stop` ends it."), family="scenes",
         options=(Option(name="lines", kind="int", default=4, minimum=1, maximum=MAX_AUTO,
                         help=N_("how many lines")),),
         examples=("+auto", "+auto 10"), samples=True, needs_model=True)  # fmt: skip
async def auto(context: Context, lines: int) -> None:
    """Adds lines at the platform's pace, until somebody stops it or nobody has anything to say."""
    scene = context.conversation.scene
    scene.begin_auto_play()
    try:
        spoken = await _go_on(context, lines)
    finally:
        scene.end_auto_play()
    await show_panel(context, "" if spoken else context.t("Nobody has anything to say."))


async def _go_on(context: Context, lines: int) -> bool:
    """Return whether anybody has spoken."""
    scene = context.conversation.scene
    for number in range(lines):
        if number and not await scene.pause(context.origin.pause):
            break
        name = await scene.next_speaker()
        if name is None:
            return number > 0
        update = await show_line(context, await speaking(context, name, further=number > 0), name, more=True)
        if update is None or update.finish_reason in CUT:
            break
    return True


@command("who", summary=N_("Who is in the scene; `who heard` tells who heard a line."), family="scenes",
         options=(Option(name="heard", choices=("here", "heard"), default="here", help=N_("here or heard")),),
         examples=("+who", "+who heard"), press="private", menu=N_("Who heard this?"))  # fmt: skip
async def who(context: Context, heard: str) -> None:
    """Shows who heard the last line, or the one being replied to. The tree does not change."""
    scene = context.conversation.scene
    stage = await scene.stage()
    if heard == "here" and context.target is None:
        await context.say(context.t("In the scene: {names}", names=", ".join(stage.present) or "–"))
        return
    line = (
        await scene.last_line() if context.target is None else await context.conversation.channel.node(context.target)
    )
    names = stage.present if stage.memory == "shared" else line.scene.get("heard", ())
    if line.kind != "line":
        raise InvalidOption("That is not a line of a scene.")
    await context.say(context.t("Heard by: {names}", names=", ".join(names) or "–"), private=True)
