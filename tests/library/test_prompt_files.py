"""Prompt files: validated, reloaded when they change, and never fatal to a running bot."""

import asyncio
import os
from pathlib import Path

import pytest

from bot.errors import NotFound
from bot.library.prompt_files import Prompts, parse
from tests.waiting import until

GOOD = 'title = "T"\nuser = "Ann"\ntext = """\nOne.\n"""\nstop = ["\\n\\n"]\n[sampling]\ntemperature = 0.5\n'


def put(folder: Path, name: str, text: str, age: int = 0) -> Path:
    path = folder / "chat" / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if age:
        os.utime(path, (age, age))
    return path


def test_a_file_becomes_a_prompt(tmp_path: Path) -> None:
    put(tmp_path, "one", GOOD)
    prompt = Prompts([tmp_path]).get("one")
    assert (prompt.name, prompt.title, prompt.user, prompt.bot) == ("one", "T", "Ann", "Assistant")
    assert (prompt.start(), prompt.stop, dict(prompt.sampling)) == ("One.", ("\n\n",), {"temperature": 0.5})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('user = "A"\nbto = "B"', "line 2: bto: unknown key (did you mean bot?)"),
        ("\n\nuser = 3", "line 3: user: expected a text in quotes, found 3"),
        ('user = "A:"', "line 1: user: expected one line without a colon"),
        ('user = "A\\n"', "line 1: user: expected one line without a colon"),
        ('title = "x"\n[sampling]\ntemprature = 1', 'Did you mean "temperature"?'),
        ('[sampling]\ntop_k = "x"', "top_k must be 0 – 1000, not x"),
        ('language = "fr"', "line 1: language:"),
        ('think = "maybe"', "line 1: think: expected 'none', 'off', 'on' or 'spoiler', found 'maybe'"),
        ('user = "A"\nuser = "B"', "line 2"),
        ('stop = [""]', "line 1: stop[0]: must not be empty"),
    ],
)
def test_a_wrong_file_names_the_line(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse("x", text)
    assert expected in str(caught.value)


def test_a_broken_file_keeps_its_old_version(tmp_path: Path) -> None:
    put(tmp_path, "one", 'title = "old"', age=1000)
    prompts = Prompts([tmp_path])
    put(tmp_path, "one", 'title = "new', age=2000)
    assert "one.toml" in prompts.reload()[0]
    assert prompts.reload() == [], "told once"
    assert prompts.get("one").title == "old"
    assert len(prompts.problems) == 1
    assert len(prompts.check()) == 1
    put(tmp_path, "one", 'title = "newer"', age=3000)
    assert prompts.reload() == []
    assert prompts.get("one").title == "newer"
    assert prompts.problems == {}
    (tmp_path / "chat" / "one.toml").unlink()
    prompts.reload()
    with pytest.raises(NotFound):
        prompts.get("one")
    assert prompts.find("one").name == "plain", "a conversation whose prompt is gone goes on"


def test_later_folders_go_first(tmp_path: Path) -> None:
    put(tmp_path / "z", "one", 'title = "bundled"')
    put(tmp_path / "a", "one", 'title = "own"')
    assert Prompts([tmp_path / "z", tmp_path / "a"]).get("one").title == "own"
    assert Prompts([tmp_path / "a", tmp_path / "z"]).get("one").title == "bundled"


def test_a_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    put(tmp_path / "inside", "one", "")
    put(tmp_path / "outside", "secret", "")
    prompts = Prompts([tmp_path / "inside"])
    for name in ("../../outside/chat/secret", "../chat/one", "/etc/passwd", "one.toml", "", "o" * 1000, "{name}"):
        with pytest.raises(NotFound, match='Did you mean "one"'):
            prompts.get(name)


async def test_changes_are_noticed_while_it_runs(tmp_path: Path) -> None:
    put(tmp_path, "one", 'title = "old"', age=1000)
    prompts = Prompts([tmp_path])
    watching = asyncio.create_task(prompts.watch(0.01))
    put(tmp_path, "one", 'title = "new"', age=2000)
    put(tmp_path, "two", "bad =", age=2000)
    await until(lambda: prompts.get("one").title == "new" and prompts.broken())
    watching.cancel()
    assert prompts.broken()[0].startswith("two.toml: ")


def test_sampling_is_checked_by_name_and_type() -> None:
    prompt = parse("x", "[sampling]\ntemperature = 1\nlogit_bias = [[1, 2.0]]\ntopp = 0.5\n")
    assert dict(prompt.sampling) == {"temperature": 1.0, "logit_bias": [[1, 2.0]], "top_p": 0.5}
    for wrong in ("zzz = 1", "top_p = 7.0", "temperature = 99.0", "mirostat = 1"):
        with pytest.raises(ValueError, match="sampling"):
            parse("x", f"[sampling]\n{wrong}\n")


async def test_the_watcher_survives_any_file(tmp_path: Path) -> None:
    folder = tmp_path / "chat"
    folder.mkdir()
    (folder / "one.toml").write_text(GOOD)
    prompts = Prompts([tmp_path])
    watching = asyncio.create_task(prompts.watch(0.01))
    try:
        (folder / "deep.toml").write_text("x = " + "[" * 20_000)
        await until(lambda: "deep.toml" in "".join(prompts.broken()))
        (folder / "one.toml").write_text(GOOD.replace('"T"', '"later"'))
        await until(lambda: prompts.get("one").title == "later")
        assert not watching.done()
    finally:
        watching.cancel()
