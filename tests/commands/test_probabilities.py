"""How sure the model was."""

import json
from pathlib import Path

from tests.commands.talking import talking


async def test_the_least_sure_tokens_and_a_file_of_all(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" I am an `owl`.")
        await talk("who are you?")
        shown = await talk("+probabilities")
        assert "**50.0 %**" in shown.text
        (file,) = shown.files
        tokens = json.loads(file.data)
        assert "".join(token["text"] for token in tokens) == " I am an `owl`."
        assert tokens[0]["probability"] == 0.5
        assert len(tokens[0]["top"]) == 5
        assert (await talk("+reset")).kind != "error"
        assert (await talk("+probabilities")).kind == "error"


async def test_part_of_a_character_is_shown_as_its_bytes(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" \u732b")
        await talk("who are you?")
        shown = await talk("+probabilities")
        assert r"`\xe7`" in shown.text
        assert json.loads(shown.files[0].data)[1]["text"] == r"\xe7"
