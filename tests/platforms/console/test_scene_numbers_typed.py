"""A scene in the terminal, controlled by numbers."""

import io
from pathlib import Path

from bot.platforms.console.console_platform import ConsolePlatform, ConsoleSettings
from tests.commands.talking import talking


async def test_a_number_picks_a_candidate(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" One.", " Two.", " Three.", " Yes.")
        lines = ["+scene import Ann: Hello.", "+speak Ann -n=3", "2", "5", "+speak Ann", "99", ""]
        out = io.StringIO()
        console = ConsolePlatform(
            talk.dispatcher, ConsoleSettings(channel="here"), source=io.StringIO("\n".join(lines)), out=out
        )
        await console.run()
        conversation = await talk.dispatcher.services.conversations.open("console", "here")
        path = [node.output for node in (await conversation.scene.stage()).lines]
        assert path == ["Hello.", "Two.", "Yes.", "99"]  # 5 has accepted
        assert conversation.channel.head.output == "Two."
        assert "One line is accepted." in out.getvalue()
