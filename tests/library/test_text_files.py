"""Prompts and scenes as editable text."""

from pathlib import Path

import pytest

from bot.errors import InvalidOption, NotFound
from bot.library import text_files
from bot.library.prompt_files import Prompts
from bot.library.text_files import MAX_BYTES, TextFiles
from bot.paths import data_file


@pytest.fixture
def library(tmp_path: Path) -> tuple[Prompts, TextFiles]:
    prompts = Prompts([data_file("prompts"), tmp_path])
    return prompts, TextFiles(prompts, prompts.folders)


async def test_a_prompt_is_changed_and_holds_at_once(library: tuple[Prompts, TextFiles], tmp_path: Path) -> None:
    prompts, texts = library
    source = await texts.read("prompt", "chat-en")
    assert not texts.check("prompt", "chat-en", source)
    await texts.save("prompt", "chat-en", 'greeting = "Good evening."\n' + source)
    assert prompts.get("chat-en").greeting == "Good evening."
    assert {(each.kind, each.name) for each in await texts.all() if each.own} == {("prompt", "chat-en")}
    assert (tmp_path / "chat" / "chat-en.toml").is_file()


async def test_a_new_scene(library: tuple[Prompts, TextFiles], tmp_path: Path) -> None:
    _, texts = library
    bundled = next(each.name for each in await texts.all() if each.kind == "scene")
    source = await texts.read("scene", bundled)
    await texts.save("scene", "森/夜", source)
    assert await texts.read("scene", "森/夜") == source
    assert (tmp_path / "scenes" / "森" / "夜.toml").is_file()


@pytest.mark.parametrize("text", ["", 'title = ""\nusr = "A"\n', "[[[[", "x" * 10, '"' * 1000])
async def test_problems_are_told_and_nothing_is_saved(
    library: tuple[Prompts, TextFiles], tmp_path: Path, text: str
) -> None:
    _, texts = library
    if text:
        assert texts.check("prompt", "mine", text)
        with pytest.raises(InvalidOption):
            await texts.save("prompt", "mine", text)
        assert not (tmp_path / "chat").exists()
    with pytest.raises(InvalidOption):
        texts.check("prompt", "mine", "#" * (MAX_BYTES + 1))


@pytest.mark.parametrize(
    ("kind", "name"),
    [("prompt", "../x"), ("prompt", "A b"), ("prompt", ""), ("scene", "../../x"), ("scene", "a"), ("scene", "a/../b"),
     ("scene", "/etc/x"), ("scene", "a/b/c"), ("scene", "a/.b"), ("scene", "a\\b/c")],
)  # fmt: skip
async def test_names_lead_nowhere_else(library: tuple[Prompts, TextFiles], kind: text_files.Kind, name: str) -> None:
    _, texts = library
    with pytest.raises(InvalidOption):
        await texts.save(kind, name, 'title = ""')
    with pytest.raises((InvalidOption, NotFound)):
        await texts.read(kind, name)


async def test_files_outside_are_not_read(library: tuple[Prompts, TextFiles], tmp_path: Path) -> None:
    _, texts = library
    (tmp_path / "secret.toml").write_text("secret")
    (tmp_path / "chat").mkdir()
    with pytest.raises(NotFound):
        await texts.read("prompt", "../secret")


async def test_there_is_a_bound(library: tuple[Prompts, TextFiles], monkeypatch: pytest.MonkeyPatch) -> None:
    _, texts = library
    monkeypatch.setattr(text_files, "MAX_FILES", 2)
    for name in ("a", "b", "a"):
        await texts.save("prompt", name, 'title = "x"')
    with pytest.raises(InvalidOption, match="limit"):
        await texts.save("prompt", "c", 'title = "x"')
