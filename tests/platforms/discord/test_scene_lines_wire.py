"""A scene over the wire: every line is a message of its own, under its speaker's name, with buttons that work."""

from pathlib import Path

import pytest

from tests.platforms.discord.wire import connected, until


async def test_lines_stand_under_their_speakers_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.platforms.discord.intake.PAUSE", 0.01)
    async with connected(tmp_path) as wired:
        wire, engine = wired.wire, wired.engine
        await wire.say("+scene import Ann: Hello.\n\nBen: Hm.")
        await until(lambda: len(wire.answers()) == 2)
        begun, first = wire.answers()
        assert "Ann, Ben" in begun["content"]
        assert (first["author"]["username"], first["content"]) == ("Ben", "Hm.")
        engine.enqueue(" One.", " Two.", " Three.")
        await wire.say("+auto 3")
        await until(lambda: len(wire.answers()) == 5)
        lines = [(line["author"]["username"], line["content"]) for line in wire.answers()[2:]]
        assert lines == [("Ann", "One."), ("Ben", "Two."), ("Ann", "Three.")]
        assert not wire.refusals
