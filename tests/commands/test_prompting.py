"""Prompts: listing, switching, importing."""

from pathlib import Path

import pytest

from bot.errors import InvalidOption
from bot.library.imports import prompt_name, read_prompt, to_toml
from bot.library.prompt_files import parse
from tests.commands.talking import ANN, file, talking

CHATRWKV = '''
import os
interface = ":"
user, other = "no", 3
user = "Bob"
bot = "Alice"
init_prompt = f"""
The following is a talk between {user} and {bot}.

{user}{interface} hello
{bot}{interface} Hi!
"""
os.system("touch /tmp/roost-was-here")
'''


async def test_list_show_and_switch(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "▶ `test`" in await talk.say("+prompts", author=ANN)
        assert "Ann talks to Owl" in await talk.say("+prompts other", author=ANN)
        await talk("hello")
        assert "prompt `other`" in await talk.say("+prompt other")
        await talk("hello")
        assert talk.read() == "An owl and a moon.\n\nAnn: hello\n\nOwl:"
        assert "hello" in await talk.say("+undo 2")
        assert 'Did you mean "other"?' in await talk.say("+prompt othre")


async def test_prompt_is_for_administrators(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "for administrators" in await talk.say("+prompt other", author=ANN)
        assert "bot's owner" in await talk.say("+prompt set-default other", guild="g", is_group=True)
        assert "bot's owner" in await talk.say("+prompt reload", guild="g", is_group=True)
        assert "`other`" in await talk.say("+prompt other", guild="g", is_group=True)


async def test_the_default_is_kept(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("+prompt set-default other")
        assert "▶ `other`" in await talk.say("+prompts", channel="new")
    async with talking(tmp_path) as talk:
        assert "▶ `other`" in await talk.say("+prompts", channel="newer")


async def test_reload_and_check_tell_the_line(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        folder = tmp_path / "more"
        (folder / "chat").mkdir(parents=True)
        prompts = talk.dispatcher.services.prompts
        prompts.folders = (folder,)
        (folder / "chat" / "mine.toml").write_text('user = "A"\nbot = "B"\n', encoding="utf-8")
        assert "3 prompts" in await talk.say("+prompt reload")
        (folder / "chat" / "mine.toml").write_text('user = "A"\nbto = "B and more"\n', encoding="utf-8")
        assert "line 2" in await talk.say("+prompt check")
        text = await talk.say("+prompt reload")
        assert "line 2" in text
        assert "old versions" in text
        listed = await talk.say("+prompts")
        assert "`mine`" in listed
        assert "line 2" in listed
        assert "line 2" not in await talk.say("+prompts", author=ANN), "administrators see what is broken"


async def test_import_reads_and_never_runs(tmp_path: Path) -> None:
    witness = Path("/tmp/roost-was-here")
    witness.unlink(missing_ok=True)  # noqa: ASYNC240  # a test
    async with talking(tmp_path) as talk:
        assert "ready" in await talk.say("+prompt import Old.Friend", attachments=file("x.py", CHATRWKV.encode()))
        assert not witness.exists()  # noqa: ASYNC240  # a test
        await talk("+prompt old-friend")
        await talk("so?")
        assert talk.read() == (
            "The following is a talk between Bob and Alice.\n\nBob: hello\nAlice: Hi!\n\nBob: so?\n\nAlice:"
        )
        assert (tmp_path / "data" / "prompts" / "chat" / "old-friend.toml").is_file()
        for name in ("../../x", "a/b", "..", "x" * 40, "C:\\x"):
            reply = await talk(command="prompt", arguments={"name": "import", "which": name},
                               attachments=file("x.py", CHATRWKV.encode()))  # fmt: skip
            assert reply.kind == "error", name
        assert "already" in await talk.say("+prompt import old-friend", attachments=file("x.py", CHATRWKV.encode()))
        assert "Attach" in await talk.say("+prompt import other2")


def test_rwkv_cpp_json_and_a_round_trip_through_toml() -> None:
    data = '{"user": "Ann", "bot": "Owl", "separator": ":", "prompt": "{user} talks.\\n\\n{bot}: \\"Hoo\\" \\u007f"}'
    prompt = read_prompt("x", data.encode())
    assert (prompt.user, prompt.bot) == ("Ann", "Owl")
    assert parse("x", to_toml(prompt)).start() == prompt.start()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"user = 'A'", "does not name"),
        (b"user = 'A'\nbot = open('/etc/passwd').read()", "Line 2"),
        (b"user = 'A'\nbot = 'B'\ninit_prompt = 'x' * 10**9", "Line 3"),
        (b"user = 'A'\nbot = f'{user!r:>1000000000}'", "Line 2"),
        (b"user = (", "cannot be read"),
        (b"{", "cannot be read"),
        (b"[" * 10_000, "cannot be read"),
        (b"x" * 300_000, "too large"),
        (b"\x00", "not readable"),
    ],
)
def test_what_is_no_prompt_is_refused(data: bytes, error: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        read_prompt("x", data)
    assert error in str(caught.value)


def test_a_name_cannot_leave_the_folder() -> None:
    assert prompt_name("My Prompt") == "my-prompt"
    for name in ("../x", "/etc/x", "a/b", "", "é", "x\0"):
        with pytest.raises(InvalidOption):
            prompt_name(name)
