"""The panel of a scene: the candidates of the last line, the actions on it, and who may speak next."""

from collections.abc import Sequence
from dataclasses import replace

from bot.chat.scene_stage import Stage
from bot.commands.context import Context
from bot.events import Called, Control, Panel, Pressed
from bot.i18n import N_, plural
from bot.store.node import Node

MAX_SHOWN = 5  # candidates on a panel
MAX_SHOWN_LENGTH = 330  # characters per candidate, so that all of them fit into one message
MARKUP = str.maketrans({sign: f"\\{sign}" for sign in "\\*_~`|>#"})


async def make_panel(context: Context, note: str = "", *, stage: Stage | None = None) -> Panel:
    """Return a panel for the current state of the scene. ``note``: what has just happened."""
    scene = context.conversation.scene
    stage = stage or await scene.stage()
    waiting = len([line for line in await context.conversation.pending.lines() if line.output])
    last = stage.path[-1]
    candidates = await _candidates(context, last)
    chosen = next((place for place, node in enumerate(candidates) if node.id == last.id), 0)
    shown = page(candidates, chosen)
    controls = [*_picks(len(candidates), chosen), *_moves(stage, last, waiting)]
    count = plural(waiting, N_("One line is pending."), N_("{count} lines are pending."))
    notes = [note, context.t(count, count=waiting) if waiting else ""]
    listed = [_candidate(number, node, node.id == last.id) for number, node in shown] if len(candidates) > 1 else []
    text = "\n".join([*listed, *(f"-# {each}" for each in notes if each)])
    plain = "\n\n".join(f"{'▶ ' if node.id == last.id else ''}{number}. {node.output}" for number, node in shown)
    return Panel(
        text=text or f"-# {context.t('Who speaks next?')}", plain=plain if listed else "", controls=tuple(controls),
        offers=_speakers(stage), prompt=context.t("Who speaks next?"),
    )  # fmt: skip


def noted(panel: Panel, note: str) -> Panel:
    """Return the panel with ``note`` as its text where it is not a separate message."""
    return replace(panel, plain=note)


async def _candidates(context: Context, last: Node) -> list[Node]:
    """Return all candidates of a line. Whispers are shown to nobody."""
    if last.kind != "line" or "whisper" in last.scene:
        return []
    return await context.shown(await context.conversation.channel.siblings(last.id))


def page(candidates: Sequence[Node], chosen: int) -> list[tuple[int, Node]]:
    """Return the candidates on the same page as the chosen one, with their numbers."""
    first = chosen // MAX_SHOWN * MAX_SHOWN
    return list(enumerate(candidates[first : first + MAX_SHOWN], first + 1))


def _candidate(number: int, node: Node, chosen: bool) -> str:
    words = " ".join(node.output.split()).translate(MARKUP)
    short = words if len(words) <= MAX_SHOWN_LENGTH else f"{words[: MAX_SHOWN_LENGTH - 1]}…"
    return f"{'▶ ' if chosen else ''}**{number}.** {short}"


def _picks(count: int, chosen: int) -> list[Control]:
    if count < 2:
        return []
    first = chosen // MAX_SHOWN * MAX_SHOWN
    numbers = range(first + 1, min(count, first + MAX_SHOWN) + 1)
    before = [Control("pick", str(first), "◀")] if first else []
    after = [Control("pick", str(numbers[-1] + 1), "▶")] if numbers[-1] < count else []
    return [*before, *(Control("pick", str(number), str(number)) for number in numbers), *after]


def _moves(stage: Stage, last: Node, waiting: int) -> list[Control]:
    if last.kind != "line" or "whisper" in last.scene:
        return [Control("accept"), Control("drop")] if waiting else []
    written = last.speaker in ("", *stage.roles, *stage.voices)  # the model does not rewrite a person's own words
    moves = [Control("alternate")] if written else []
    return [*moves, Control("edit", asks=True), *([Control("accept"), Control("drop")] if waiting else [])]


def _speakers(stage: Stage) -> tuple[Control, ...]:
    """Return a control for each role that the model speaks for; the last speaker comes last."""
    names = [*stage.actors(), *stage.voices]
    names.sort(key=lambda name: name == stage.last_speaker)
    return tuple(Control("speak", name, name) for name in names)


def pressed_line(context: Context) -> int | None:
    """Return the line below which a button was pressed: it must still be the last one."""
    return context.event.node if isinstance(context.event, (Called, Pressed)) else None
