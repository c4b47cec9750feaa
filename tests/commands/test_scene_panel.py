"""The content of a scene's panel."""

from bot.commands.scene_panel import MAX_SHOWN
from bot.events import Control, Panel, in_one
from tests.commands.scene_channel import talk as talk
from tests.commands.talking import BOB, Talk


def panel_of(talk: Talk) -> Panel:
    panel = talk.sink.replies[-1].panel
    assert panel is not None
    return panel


def commands(panel: Panel) -> list[str]:
    return [control.command for control in panel.controls]


async def test_a_beginning_offers_speakers(talk: Talk) -> None:
    await talk("+scene begin the-well")
    panel = panel_of(talk)
    assert [offer.argument for offer in panel.offers] == ["Old Tom", "Narrator", "Passer-by", "Ann"]
    assert commands(panel) == ["alternate", "edit"]  # nothing is pending


async def test_candidates_are_paged_and_short(talk: Talk) -> None:
    await talk("+scene begin the-well")
    talk.engine.enqueue(*(f" {number} {'*word* ' * 100}" for number in range(1, 9)))
    await talk("+speak Ann -n=8")
    panel = panel_of(talk)
    assert [each.label for each in panel.controls if each.command == "pick"] == ["1", "2", "3", "4", "5", "▶"]
    assert len(panel.text) < 2000
    assert "\\*word\\*" in panel.text
    await talk("+pick 7")
    panel = panel_of(talk)
    assert Control("pick", str(MAX_SHOWN), "◀") in panel.controls
    assert [each.label for each in panel.controls if each.command == "pick"] == ["◀", "6", "7", "8"]


async def test_what_was_whispered_is_on_no_panel(talk: Talk) -> None:
    await talk("+scene begin the-well")
    await talk("+whisper Ann The gold is here.")
    await talk("+narrate Rain.")
    await talk("+drop")
    panel = panel_of(talk)
    assert "gold" not in f"{panel.text}{panel.plain}"
    assert commands(panel) == ["accept", "drop"]
    assert await talk.dispatcher.complete(talk.origin(), "edit", "text", "") == []


async def test_a_persons_words_are_nobodys_to_write(talk: Talk) -> None:
    await talk("+scene begin the-well")
    await talk("Who was it?", author=BOB)
    panel = panel_of(talk)
    assert commands(panel) == ["edit", "accept", "drop"]
    assert "has spoken" in panel.text
    assert in_one(talk.sink.replies[-1]).kind == "info"
