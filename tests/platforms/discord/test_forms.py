from typing import Any

import pytest

from bot.commands.builtin import built_in
from bot.platforms.discord.forms import arguments_of, form
from bot.platforms.line.button_ids import Press

COMMANDS = {command.name: command for command in built_in()}


@pytest.mark.parametrize(
    ("name", "argument", "data", "found"),
    [
        ("pick", "3", {}, {"number": "3"}),
        ("swipe", "left", {}, {"step": "left"}),
        ("speak", "", {"values": ["Old Tom"]}, {"name": "Old Tom"}),
        ("accept", "", {}, {}),
        ("edit", "", {"components": [{"type": 1, "components": [{"type": 4, "value": "Hi."}]}]}, {"text": "Hi."}),
        ("edit", "", {"components": [{"type": 18, "component": {"type": 4, "value": "Hi."}}]}, {"text": "Hi."}),
    ],
)
def test_what_a_press_brings_along(name: str, argument: str, data: dict[str, Any], found: dict[str, object]) -> None:
    assert arguments_of(COMMANDS[name], Press(name, argument, 5), data) == found
    assert arguments_of(None, Press(name, argument, 5), data) == {}


async def test_a_form_fits_discord_and_is_no_listener() -> None:
    option = COMMANDS["edit"].option("text")
    assert option is not None
    made = form(COMMANDS["edit"], option, "roost-panel:edit::5", "As it was.", "de")
    told = made.to_dict()
    assert len(told["title"]) <= 45
    assert told["components"][0]["components"][0]["value"] == "As it was."
    assert made.is_finished()
