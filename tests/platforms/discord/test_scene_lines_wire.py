"""A scene over the wire: every line is a separate message under its speaker's name."""

from pathlib import Path

import pytest

from tests.platforms.discord.test_panel_wire import panels, shown, spoken
from tests.platforms.discord.wire import connected, until


async def test_lines_stand_under_their_speakers_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.platforms.discord.intake.PAUSE", 0.01)
    async with connected(tmp_path) as wired:
        wire, engine = wired.wire, wired.engine
        await wire.say("+scene import Ann: Hello.\n\nBen: Hm.")
        await shown(wire, 1)
        begun, first, _ = wire.answers()
        assert "Ann, Ben" in begun["content"]
        assert (first["author"]["username"], first["content"]) == ("Ben", "Hm.")
        engine.enqueue(" One.", " Two.", " Three.")
        await wire.say("+auto 3")
        await until(lambda: len(spoken(wire)) == 4)
        await shown(wire, 4)
        assert spoken(wire)[1:] == [("Ann", "One."), ("Ben", "Two."), ("Ann", "Three.")]
        assert "3 lines are pending" in panels(wire)[0]["content"]
        assert not wire.refusals
