"""Help, status, about, the model."""

from pathlib import Path

import pytest

from bot.commands.builtin import built_in
from bot.i18n import LANGUAGES
from tests.commands.talking import ANN, talking


@pytest.mark.parametrize("language", LANGUAGES)
async def test_help_in_every_language(tmp_path: Path, language: str) -> None:
    async with talking(tmp_path) as talk:
        overview = await talk.say("+help", language=language)
        for item in built_in():
            assert f"`+{item.name}`" in overview
            explained = await talk.say(f"+help {item.name}", language=language)
            assert item.examples[0] in explained
            assert (item.summary in explained) == (language == "en")


async def test_help_shows_what_one_may_use(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "`+block`" not in await talk.say("+help", author=ANN)
        assert "alternate" in await talk.say("+help +")
        assert "Did you mean +undo?" in await talk.say("+help udno")


async def test_status_and_about(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        text = await talk.say("+status")
        assert "fake, RWKV-7, fp32 on cpu" in text
        assert "0 of 64" in text
        assert "fake" in await talk.say("+about", author=ANN)


async def test_the_model_is_changed_by_its_owner_only(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "fake" in await talk.say("+model", author=ANN)
        assert "administrator" in await talk.say("+model other", author=ANN)
        assert "owner" in await talk.say("+model other", guild="g", is_group=True)
        assert "cannot change" in await talk.say("+model other")
