"""The meaning of model names."""

from pathlib import Path

import pytest

from bot.library.characters.character_folder import CharacterFolder
from bot.library.prompts import ChatPrompt
from bot.platforms.api.api_errors import ApiError
from bot.platforms.api.model_names import ChatOptions, ModelNames, manner_of
from tests.conversations import OTHER, PROMPT
from tests.platforms.api.conftest import Api, open_api

THINKER = ChatPrompt(name="thinker", think="spoiler")
OWL = """
name = "Old Owl"
description = "An owl in a tree."
greetings = ["Hoo, {{user}}."]
sampling = { temperature = 0.25 }

[[lore]]
keys = ["river"]
content = "The river is deep."
"""


async def test_any_name_is_the_models_plain_form(api: Api) -> None:
    names = ModelNames(api.completions)
    assert (await names.template("gpt-5")).form.start == ""
    assert (await names.template("roost/other")).prompt.bot == "Owl"
    with pytest.raises(ApiError, match="no prompt and no character"):
        await names.template("roost/nobody")


async def test_only_reasoning_models_are_told_to_reason(tmp_path: Path) -> None:
    async with open_api(tmp_path, prompts=(PROMPT, OTHER, THINKER)) as api:
        names = ModelNames(api.completions)
        thinks = [
            [(await names.template(name, ChatOptions(thinking=wanted))).prompt.think for wanted in (None, True, False)]
            for name in ("roost/other", "roost/thinker")
        ]
    assert thinks == [["none"] * 3, ["spoiler", "on", "off"]]


async def test_a_request_may_name_the_speakers_and_leave_the_beginning_out(api: Api) -> None:
    names = ModelNames(api.completions)
    named = await names.template("roost/other", ChatOptions(user="Bo", presystem=False))
    assert (named.prompt.user, named.prompt.bot, named.form.start) == ("Bo", "Owl", "")
    options = manner_of({"user_name": "Ann:\n", "names": {"assistant": 3}}, thinking=None, first="user")
    assert (options.user, options.bot) == ("Ann", "")


async def test_a_character_speaks_with_its_card_and_its_lore(tmp_path: Path) -> None:
    folder = tmp_path / "characters"
    folder.mkdir()
    (folder / "owl.toml").write_text(OWL)
    async with open_api(tmp_path, characters=CharacterFolder([folder])) as api:
        listed = [model.id async for model in api.client.models.list()]
        assert listed == ["fake", "roost/other", "roost/test", "roost/owl"]
        model = await api.client.models.retrieve("roost/owl")
        assert model.id == "roost/owl"
        await api.chat("hello", model="roost/owl")
        request = api.engine.requests[-1]
        read = api.engine.coder.decode(request.tokens)
        assert read.startswith("An owl in a tree.")
        assert read.endswith("Old Owl: Hoo, User.\n\nUser: hello\n\nOld Owl:")
        assert (request.sampling.temperature, request.sampling.top_p) == (0.25, 0.5)  # as elsewhere in the bot
        await api.chat("hello", model="fake")
        assert api.engine.requests[-1].sampling.top_p == 1.0
        await api.chat("hello", "Hoo.", "where is the river?", model="roost/owl", user_name="Ann")
        read = "".join(map(api.engine.coder.decode, [api.engine.tokens_of(api.engine.requests[-1].state),
                                                     api.engine.requests[-1].tokens]))  # fmt: skip
        assert "The river is deep." in read
        assert read.endswith("Ann: where is the river?\n\nOld Owl:")
        greeting = [{"role": "assistant", "content": "Welcome."}, {"role": "user", "content": "hello"}]
        await api.post("/v1/chat/completions", {"model": "roost/owl", "messages": greeting})
        read = api.engine.coder.decode(api.engine.requests[-1].tokens)
        assert "Hoo" not in read, "who sends a greeting has one"
