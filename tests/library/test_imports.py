"""Prompts from other programs: read as data, within limits, and kept completely or not at all."""

from pathlib import Path

import pytest

from bot.errors import InvalidOption
from bot.library.imports import MAX_BYTES, read_prompt, to_toml, write_prompt
from bot.library.prompt_files import Prompts, parse

HEAD = 'user = "Bob"\nbot = "Alice"\ninterface = ":"\n'


def test_each_line_may_not_double_the_one_before() -> None:
    bomb = HEAD + 'init_prompt = "xxxxxxxxxxxxxxxx"\n' + 'init_prompt = f"{init_prompt}{init_prompt}"\n' * 40
    with pytest.raises(InvalidOption, match="too large"):
        read_prompt("bomb", bomb.encode())
    fine = HEAD + f'init_prompt = "{"x" * 1000}"\n' + 'init_prompt = f"{init_prompt}{init_prompt}"\n' * 5
    assert len(read_prompt("fine", fine.encode()).text) == 32_000
    assert MAX_BYTES >= 32_000


@pytest.mark.parametrize("bad", ["(" * 50_000, "[" * 50_000, "x = " + "-" * 50_000 + "1", "{" * 100_000])
def test_deep_files_are_refused(bad: str) -> None:
    with pytest.raises(InvalidOption, match=r"cannot be read: (it is nested too deeply|Expecting property name)"):
        read_prompt("deep", bad.encode())


def test_half_a_character_blocks_no_name(tmp_path: Path) -> None:
    found = read_prompt("half", (HEAD + r'init_prompt = "a\ud800b"').encode())
    path = write_prompt(tmp_path, found)
    assert parse("half", path.read_text(encoding="utf-8")).text == "a?b"
    with pytest.raises(FileExistsError):
        write_prompt(tmp_path, found)


def test_an_imported_prompt_lives_in_its_file(tmp_path: Path) -> None:
    path = write_prompt(tmp_path, read_prompt("mine", (HEAD + 'init_prompt = "Hello."').encode()))
    prompts = Prompts([tmp_path])
    assert prompts.get("mine").text == "Hello."
    path.write_text(path.read_text(encoding="utf-8").replace("Hello.", "Goodbye, all."), encoding="utf-8")
    prompts.reload()
    assert prompts.get("mine").text == "Goodbye, all."
    path.unlink()
    prompts.reload()
    assert "mine" not in prompts.names()


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    found = read_prompt("bom", b"\xef\xbb\xbf" + HEAD.encode())
    assert (found.user, found.bot) == ("Bob", "Alice")
    file = tmp_path / "chat" / "bom.toml"
    file.parent.mkdir()
    file.write_bytes(b"\xef\xbb\xbf" + to_toml(found).encode())
    assert Prompts([tmp_path]).get("bom").user == "Bob"


@pytest.mark.parametrize("encoding", ["gbk", "utf-16"])
def test_prompts_of_windows_editors_keep_their_words(encoding: str) -> None:
    text = 'user = "小明"\nbot = "机器人"\ninit_prompt = "你好，我们来谈谈天气和生活吧。今天是个好日子。"\n'
    found = read_prompt("cn", text.encode(encoding))
    assert (found.user, found.bot) == ("小明", "机器人")
    assert found.text.startswith("你好，我们来谈谈天气")


def test_a_prompt_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidOption, match="not readable text"):
        read_prompt("bin", bytes(range(128, 256)) * 4)
