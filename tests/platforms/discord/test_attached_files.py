"""Attached files."""

from pathlib import Path

import pytest

from bot.platforms.discord.attached_files import as_utf8
from tests.platforms.discord.talking import answered, inputs
from tests.platforms.discord.wire import connected, until


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("你好，世界。今天天气很好", "gb18030"), ("こんにちは、世界", "shift_jis"), ("hello", "utf-16"),
        ("owl", "utf-16-le"), ("你好", "utf-8"), ("你好", "utf-8-sig"), ("你好，世界", "utf-16"),
        ("a café in the old town of Orléans", "cp1252"),
    ],
)  # fmt: skip
def test_texts_are_read_whatever_they_were_written_in(text: str, encoding: str) -> None:
    assert as_utf8(text.encode(encoding)) == text.encode()


def test_what_is_no_text_is_not_read() -> None:
    assert as_utf8(bytes(range(256)) * 20) is None


async def test_one_file_that_is_no_text_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        files = {
            "good.txt": b"the owl sat",
            "bad.txt": bytes(range(256)) * 4,
            "gbk.txt": "树上的猫头鹰在唱歌".encode("gbk"),
        }
        await wire.say("read these", files=files)
        await until(lambda: len(wire.answers()) == 2)
        await answered(wire, 2)
        (read,) = await inputs(wired)
        assert "the owl sat" in read
        assert "树上的猫头鹰在唱歌" in read
        assert [each for each in wire.answers() if "bad.txt" in each["content"]]


async def test_all_of_six_files_are_read_and_what_is_too_much_is_named(tmp_path: Path) -> None:
    async with connected(tmp_path, max_attachment_kb=1) as wired:
        wire = wired.wire
        await wire.say("read", files={f"{n}.txt": f"file {n}".encode() for n in range(6)})
        await answered(wire, 1)
        (read,) = await inputs(wired)
        assert all(f"file {n}" in read for n in range(6))
        await wire.say("read", files={f"{n}.txt": b"x" * 1000 for n in range(6)})
        await until(lambda: len(wire.answers()) >= 2)
        assert "4.txt" in wire.answers()[1]["content"]
        assert "5.txt" in wire.answers()[1]["content"]


async def test_nothing_is_fetched_for_who_may_not_talk(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        bob = wire.world.person("bob")
        await wired.conversations.core.store.values.set("access", "block", [f"discord:{bob.id}"])
        fetched: list[str] = []
        download = wire._download

        async def counted(request: object) -> object:
            fetched.append("file")
            return await download(request)  # type: ignore[arg-type]  # as it came

        wire._download = counted  # type: ignore[method-assign, assignment]  # counts what is fetched
        await wire.say("+import", author=bob, files={"talk.json": b"{}" * 1000})
        await wire.say("hello")
        await until(lambda: wire.answers())
        assert not fetched
