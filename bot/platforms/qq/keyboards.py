"""Buttons under answers, in QQ's format.

https://bot.q.qq.com/wiki/develop/api-v2/server-inter/message/trans/msg-btn.html
"""

from collections.abc import Callable, Mapping, Sequence

from bot.events import Reply
from bot.i18n import N_, translate
from bot.platforms.line.button_ids import custom_id
from bot.platforms.line.numbered_choices import Choice, choices_of, label_of

BUTTONS_IN_ROW, MAX_BUTTONS = 5, 25
MAX_ARGUMENT_LENGTH = 60  # characters
MAX_LABEL_LENGTH = 10  # characters
GREY, CALLBACK, EVERYBODY = 0, 1, 2
TOO_OLD = N_("This version of QQ shows no buttons. Please write the command instead.")
Json = dict[str, object]


def keyboard_of(reply: Reply, face: Callable[[str], str], language: str | None = None) -> Json | None:
    """Return the buttons of a finished answer, or None. ``face`` maps a command to its label."""
    found = [
        (number, choice) for number, choice in choices_of(reply).items() if len(choice.argument) <= MAX_ARGUMENT_LENGTH
    ]
    buttons = [_button(number, choice, reply, face, language) for number, choice in found[:MAX_BUTTONS]]
    return {"content": {"rows": _rows(buttons)}} if buttons else None


def _rows(buttons: Sequence[Mapping[str, object]]) -> list[Json]:
    return [{"buttons": buttons[at : at + BUTTONS_IN_ROW]} for at in range(0, len(buttons), BUTTONS_IN_ROW)]


def _button(number: int, choice: Choice, reply: Reply, face: Callable[[str], str], language: str | None) -> Json:
    shown = label_of(choice, face)[:MAX_LABEL_LENGTH]
    return {
        "id": str(number),
        "render_data": {"label": shown, "visited_label": shown, "style": GREY},
        "action": {
            "type": CALLBACK,
            "permission": {"type": EVERYBODY},
            "data": custom_id(choice.command, reply.node, choice.argument),
            "unsupport_tips": translate(TOO_OLD, language),
        },
    }
