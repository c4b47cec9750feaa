"""Numbers in place of buttons: the choices under a reply, for platforms without buttons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.events import SWIPE, Panel, Reply

MAX_CHOICES = 9  # under an answer
MAX_ON_PANEL = 15  # after the candidates' own numbers


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice: a command and the value of its first option."""

    command: str
    argument: str = ""
    label: str = ""  # shown beside the number; "": the command's own label


def choices_of(reply: Reply) -> dict[int, Choice]:
    """Return the buttons of a finished answer, numbered in order. On a panel, candidates keep their own numbers."""
    if reply.node is None:
        return {}
    if reply.panel is not None:
        return _on_panel(reply.panel)
    if reply.kind != "turn":
        return {}
    found = [Choice(action) for action in reply.actions]
    if reply.position is not None and reply.position[1] > 1:
        place, count = reply.position
        found += [Choice(SWIPE, "left")] * (place > 1) + [Choice(SWIPE, "right")] * (place < count)
    return dict(enumerate(found[:MAX_CHOICES], 1))


def _on_panel(panel: Panel) -> dict[int, Choice]:
    """Number a panel's buttons. Those that ask for text are left out, since a number carries none."""
    numbered = {int(each.label): each for each in panel.controls if each.label.isdecimal()}
    others = [each for each in panel.controls if not each.label.isdecimal() and not each.asks]
    rest = [*others, *panel.offers]
    numbered |= enumerate(rest[:MAX_ON_PANEL], max(numbered, default=0) + 1)
    return {number: Choice(each.command, each.argument, each.label) for number, each in numbered.items()}


def stored(choices: Mapping[int, Choice], *, on_panel: bool) -> list[str]:
    """Return the form kept across restarts: ``chat``, or ``2 pick 2``. Swipes are omitted: they vary by answer."""
    if on_panel:
        return [f"{number} {choice.command} {choice.argument}".strip() for number, choice in choices.items()]
    return [choice.command for choice in choices.values() if not choice.argument]


def read(kept: Sequence[str]) -> dict[int, Choice]:
    """Parse choices from ``stored``."""
    found: dict[int, Choice] = {}
    for place, each in enumerate(kept, 1):
        number, _, rest = each.partition(" ") if each[:1].isdecimal() else (str(place), "", each)
        command, _, argument = rest.partition(" ")
        found[int(number)] = Choice(command, argument)
    return found


def listed(choices: Mapping[int, Choice], face: Callable[[str], str]) -> str:
    """Return a line such as ``1–3 pick  4 drop``. ``face`` maps a command to its label."""
    own = [number for number, choice in choices.items() if choice.label == str(number)]
    shown = [f"{number} {label_of(choice, face)}" for number, choice in choices.items() if number not in own]
    if own:
        shown.insert(0, f"{own[0]}–{own[-1]} {face(choices[own[0]].command)}")
    return "  ".join(shown)


def label_of(choice: Choice, face: Callable[[str], str]) -> str:
    """Return the label that the choice's button would have."""
    return {"left": "◀", "right": "▶"}.get(choice.argument) or choice.label or face(choice.command)
