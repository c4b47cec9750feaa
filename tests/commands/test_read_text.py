"""What the model has read, as tokens and as text."""

from pathlib import Path

from tests.commands.talking import talking


async def test_tokens_and_text_of_the_path(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" I am an owl.")
        await talk("who are you?")
        shown = await talk("+tokens on")
        text = "User: hello\n\nAssistant: hello friend.\n\nUser: who are you?\n\nAssistant: I am an owl."
        assert f"{len(text)} characters" in shown.text
        assert f"{len(talk.engine.coder.encode(text))} tokens" in shown.text
        assert shown.text.endswith(f"{text}\n```")
        assert [file.data.decode() for file in shown.files] == [text]
        assert not (await talk("+tokens")).files
