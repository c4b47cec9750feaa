"""Moves in the tree of turns. They need no model and never lose anything."""

import asyncio

from bot.commands import picture
from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.commands.scene_answers import pick_line, swipe_line
from bot.errors import InvalidOption
from bot.events import File
from bot.i18n import N_, plural

TURNS = Option(name="turns", kind="int", default=1, minimum=1, maximum=1000, help=N_("how many turns"))
MAX_PICTURE_TURNS = 2000  # turns


@command(
    "swipe",
    summary=N_("Choose among the answers to the last message. The conversation continues from the one shown."),
    family="talk",
    press="in_place",
    options=(
        Option(name="step", choices=("left", "right", "-1", "1"), default="right", help=N_("which way: left or right")),
    ),
    examples=("+swipe left", "+swipe right"),
)
async def swipe(context: Context, step: str) -> None:
    """Moves HEAD to a sibling."""
    way = -1 if step in ("left", "-1") else 1
    if context.conversation.scene.is_active:
        await swipe_line(context, way)
        return
    await context.conversation.channel.swipe(way, node=context.target)
    await context.show_head()


@command(
    "pick",
    summary=N_("Choose one of several answers by its number; the conversation continues from it."),
    family="talk",
    options=(
        Option(name="number", kind="int", required=True, minimum=1, help=N_("which answer, counted from 1")),
        Option(name="words", rest=True, default="", help=N_("in a scene: the line in your own words")),
    ),
    examples=("+pick 2",),
    press="in_place",
    button="👆",
)
async def pick(context: Context, number: int, words: str) -> None:
    """Moves HEAD to that sibling; in a scene, replaces the last line, optionally with other words."""
    if context.conversation.scene.is_active:
        await pick_line(context, number, words)
        return
    await context.conversation.channel.pick(number, node=context.target)
    await context.show_head()


@command("undo", summary=N_("Undo the last turn, or several. A reset can be undone too."), family="talk",
         options=(TURNS,), examples=("+undo", "+undo 3"), press="private", button="↩️")  # fmt: skip
async def undo(context: Context, turns: int) -> None:
    """Moves HEAD towards the root; in a scene, pending lines are dropped first."""
    if context.conversation.channel.pending is not None:
        await context.conversation.pending.drop(turns)
        await context.show_place()
        return
    await context.conversation.channel.undo(turns)
    await context.show_place()


@command("redo", summary=N_("Redo what was undone."), family="talk", options=(TURNS,), examples=("+redo", "+redo 3"))
async def redo(context: Context, turns: int) -> None:
    """Moves HEAD back to where it was before undo."""
    await context.conversation.channel.redo(turns)
    await context.show_place()


@command("reset", summary=N_("Start over from the prompt. The old conversation is kept; undo brings it back."),
         family="talk", aliases=("new", "clear"), examples=("+reset",))  # fmt: skip
async def reset(context: Context) -> None:
    """Moves HEAD to a new root."""
    head = await context.conversation.reset()
    greeting = head.output
    text = context.t("A new conversation begins. `+undo` brings the old one back.")
    await context.say(f"{text}\n\n{greeting}" if greeting else text, node=head.id)


@command(
    "refresh",
    summary=N_("Re-read the prompt and the last turns, to counter drift in very long conversations."),
    family="talk",
    options=(Option(name="turns", kind="int", default=4, minimum=1, maximum=50, help=N_("how many turns to keep")),),
    examples=("+refresh", "+refresh 8"),
    needs_model=True,
)
async def refresh(context: Context, turns: int) -> None:
    """Moves HEAD below a new root with copies of the last turns; the old tree stays."""
    await context.conversation.refresh(turns)
    await context.say(context.t("The prompt and the last turns were read again. `+undo` takes you back."))


@command(
    "branch",
    summary=N_("Start a named branch here, or switch to the branch of that name."),
    family="talk",
    options=(Option(name="name", rest=True, default="", complete="branches", help=N_("the branch's name")),),
    examples=("+branch", "+branch what if"),
)
async def branch(context: Context, name: str) -> None:
    """Starts a branch at HEAD, or switches to an existing one. Each continues from its own tip."""
    channel = context.conversation.channel
    known = {mark.name for mark in await channel.branches()} | {channel.branch_name}
    if not name:
        name = next(free for number in range(2, 10_000) if (free := f"branch-{number}") not in known)
    await channel.branch(name)
    old, name = channel.branch_name in known, channel.branch_name
    text = N_("Back on the branch {name}.") if old else N_("You are now on the new branch {name}.")
    await context.show_place(context.t(text, name=f"`{name}`"))


@command("branches", summary=N_("List the branches."), family="talk", examples=("+branches",))
async def branches(context: Context) -> None:
    """Lists the branches, with the current one marked. The tree does not change."""
    marks = await context.conversation.channel.branches()
    lines = [f"{'▶' if mark.current else '·'} `{mark.name}` (#{mark.node})" for mark in marks]
    await context.say("\n".join(lines) or context.t("There is one branch so far: `{name}`.", name="main"))


@command(
    "tree",
    summary=N_("Show the tree of all turns here; `tree svg` sends it as a picture."),
    family="talk",
    options=(Option(name="form", choices=("text", "svg"), default="text", help=N_("text or svg")),),
    examples=("+tree", "+tree svg"),
)
async def tree(context: Context, form: str) -> None:
    """Shows the tree with HEAD marked. The tree does not change."""
    nodes, head = await context.conversation.channel.tree(), context.conversation.channel.head.id
    most = MAX_PICTURE_TURNS if form == "svg" else picture.MAX_LINES
    drawn, above = await asyncio.to_thread(picture.rows, nodes, head, most)  # takes a second for 50,000 turns
    shown = await context.shown([node for node, _ in drawn])
    drawn = [(node, column) for node, (_, column) in zip(shown, drawn, strict=True)]
    files: tuple[File, ...] = ()
    if form == "svg":
        picture_file = (await asyncio.to_thread(picture.svg, drawn, head)).encode()
        files = (File("tree.svg", picture_file, "image/svg+xml"),)
        drawn, above = picture.rows([node for node, _ in drawn], head)
    count = sum(node.kind != "root" for node in nodes)
    head_line = context.t(
        plural(count, N_("One turn; ▶ is where you are."), N_("{count} turns; ▶ is where you are.")), count=count
    )
    await context.say(f"{head_line}\n```\n{picture.text(drawn, head, above)}\n```", files=files)


@command("history", summary=N_("Show the last turns in full."), family="talk",
         options=(Option(name="turns", kind="int", default=5, minimum=1, maximum=100, help=N_("how many turns")),),
         examples=("+history", "+history 20"), press="private", menu=N_("Show the branch"))  # fmt: skip
async def history(context: Context, turns: int) -> None:
    """Shows turns, oldest first, up to HEAD or the message being replied to. The tree does not change."""
    nodes = await context.conversation.channel.history(turns, node=context.target)
    prompt = context.conversation.prompt
    text = picture.transcript(await context.shown(nodes), prompt.bot)
    await context.say(text or context.t("Nothing has been said yet."))


@command("go", summary=N_("Go to any turn by its number in `tree`."), family="talk",
         options=(Option(name="turn", kind="int", default=0, minimum=1, help=N_("the turn's number")),),
         examples=("+go 12",), press="private", menu=N_("Continue from here"))  # fmt: skip
async def go(context: Context, turn: int) -> None:
    """Moves HEAD to that turn, or to the one being replied to."""
    there = turn or context.target
    if there is None:
        raise InvalidOption("Which turn? Give its number in `tree`, like this: {example}", example="+go 12")
    await context.conversation.channel.go(there)
    await context.show_place()
