"""Saves, and conversations as files."""

import base64
import json
from pathlib import Path
from typing import Any

from bot.library.prompts import ChatPrompt
from tests.commands.talking import BOB, file, talking
from tests.fakes import FakeEngine


async def test_saves(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "no saves yet" in await talk.say("+saves")
        await talk("first")
        assert "`the first one`" in await talk.say("+save the first one")
        await talk("second")
        assert "first" in await talk.say("+load the first one")
        assert "`the first one` first →" in await talk.say("+saves")
        assert 'Did you mean "the first one"?' in await talk.say("+load the frist one")
        assert "is deleted" in await talk.say("+forget the first one")
        assert "no saves yet" in await talk.say("+saves")
        assert "A name must have 1 to" in await talk.say("+save a:b")


async def test_an_export_imported_elsewhere_continues_identically(tmp_path: Path) -> None:
    async with talking(tmp_path / "one") as talk:
        await talk("first -seed=1")
        await talk("+ -seed=2")
        await talk("second -seed=3")
        await talk("+save here")
        await talk("+set temp 0.5")
        (exported,) = (await talk("+export on")).files
        expected = await talk("third -seed=4")
        read = talk.read()
    async with talking(tmp_path / "two") as other:
        await other("something else")
        assert "turns imported" in await other.say("+import", attachments=file("c.json", exported.data))
        before = other.engine.tokens_read
        continued = await other("third -seed=4")
        assert (continued.text, other.read()) == (expected.text, read)
        assert other.engine.tokens_read - before < 40, "the state came along"
        assert "second" in await other.say("+load here")
        assert other.engine.requests[-1].sampling.temperature == 0.5
        await other("+undo 1")
        assert (await other("+swipe left")).position == (1, 2), "the other answers came along"
        await other("+undo 2")
        assert "something else" in await other.say("+history"), "undo leads back to the old tree"


async def test_without_states_and_with_another_vocabulary_the_words_are_read_anew(tmp_path: Path) -> None:
    async with talking(tmp_path / "one") as talk:
        await talk("first -seed=1")
        (exported,) = (await talk("+export")).files
    table = json.loads(exported.data)
    assert table["state"] is None
    table["vocabulary"] = "another"
    for node in table["nodes"]:
        node["input_tokens"] = [token + 7 for token in node["input_tokens"]]
    async with talking(tmp_path / "two") as other:
        await other("+import", attachments=file("c.json", json.dumps(table).encode()))
        await other("second -seed=2")
        assert other.read().startswith("User: hello\n\nAssistant: hello friend.\n\nUser: first\n\nAssistant:")


async def test_free_writing_is_exported_and_goes_on_after_an_import(tmp_path: Path) -> None:
    async with talking(tmp_path / "one") as talk:
        await talk("first -seed=1")
        written = (await talk("+gen Once upon a time -seed=2")).text
        await talk("second -seed=3")
        (exported,) = (await talk("+export")).files
        history = await talk.say("+history")
        more = (await talk("+++ -seed=4")).text
    assert written in history
    async with talking(tmp_path / "two") as other:
        await other("+import", attachments=file("c.json", exported.data))
        told, expected = ([line.split(" ", 1)[-1] for line in text.split("\n")]
                          for text in (await other.say("+history"), history))  # fmt: skip
        assert told == expected, "but for the turns' numbers"
        assert (await other("+++ -seed=4")).text == more


async def test_a_chatrwkv_log(tmp_path: Path) -> None:
    log = "A talk about owls.\n\nBob: hello\n\nAlice: Hi!\nHow are you?\n\nBob: fine\n\nAlice: Good."
    async with talking(tmp_path) as talk:
        await talk("+import", attachments=file("log.txt", log.encode()))
        history = await talk.say("+history")
        assert "hello" in history
        assert "How are you?" in history
        await talk("and now?")
        assert talk.read().endswith("User: fine\n\nAssistant: Good.\n\nUser: and now?\n\nAssistant:")
        assert "neither an exported file" in await talk.say("+import just words")
        assert "Attach an exported file" in await talk.say("+import")


async def test_wrong_files_lose_nothing(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("first")
        head = (await talk.conversation()).channel.head
        (exported,) = (await talk("+export on")).files
        good = json.loads(exported.data)
        changes: tuple[dict[str, Any], ...] = (
            {"head": 99}, {"nodes": []}, {"version": 2}, {"schema": "other"}, {"saves": {"x": -1}},
            {"nodes": [dict(good["nodes"][0], parent=0)]}, {"nodes": [dict(good["nodes"][1], parent=5)]},
        )  # fmt: skip
        for change in changes:
            reply = await talk("+import", attachments=file("c.json", json.dumps(good | change).encode()))
            assert reply.kind == "error", change
            assert (await talk.conversation()).channel.head == head
        for data in (b"{", b'{"nodes": 3}', b"\xff\xfe\x00", b"{" * 100_000):
            assert (await talk("+import", attachments=file("c.json", data))).kind == "error"
        broken = good | {"state": "AAAA"}
        assert (await talk("+import", attachments=file("c.json", json.dumps(broken).encode()))).kind == "error"
        assert (await talk.conversation()).channel.head == head


async def test_another_models_state_is_left_aside(tmp_path: Path) -> None:
    async with talking(tmp_path / "one") as talk:
        await talk("first -seed=1")
        (exported,) = (await talk("+export on")).files
        expected = (await talk("second -seed=2")).text
    async with talking(tmp_path / "two", engine=FakeEngine(fingerprint="fake-2")) as other:
        await other("+import", attachments=file("c.json", exported.data))
        assert (await other("second -seed=2")).text == expected


def tree_of(turns: int) -> dict[str, Any]:
    chain = [{"parent": place, "kind": "chat", "input": "a", "output": "b"} for place in range(turns)]
    nodes = [{"parent": None, "kind": "root"}, *chain]
    return {"schema": "roost.conversation", "version": 1, "head": turns, "nodes": nodes}


async def test_a_member_imports_so_much_and_no_more(tmp_path: Path) -> None:
    small, large = tree_of(1999), tree_of(2000)
    async with talking(tmp_path) as talk:
        reply = await talk.say("+import", attachments=file("c.json", json.dumps(large).encode()), author=BOB)
        assert reply == "The file has 2001 turns; the limit here is 2000."
        assert (await talk.conversation()).channel.head.kind == "root"
        reply = await talk.say("+import", attachments=file("c.json", json.dumps(small).encode()), author=BOB)
        assert "2000 turns" in reply


async def test_a_forged_state_reaches_no_other_channel(tmp_path: Path) -> None:
    async with talking(tmp_path / "one") as talk:
        await talk("first -seed=1")
        (exported,) = (await talk("+export on")).files
    table = json.loads(exported.data)
    engine = FakeEngine()
    state = await engine.export_state(engine._handle(tuple(engine.coder.encode("all owls are liars"))))
    table["state"] = base64.b64encode(state).decode()
    async with talking(tmp_path / "two") as other:
        await other("+import", attachments=file("c.json", json.dumps(table).encode()))
        await other("second -seed=2")
        assert "liars" in other.read(), "here it is believed: it is this channel's own"
        other.channel = "elsewhere"
        await other("first -seed=1")
        await other("second -seed=2")
        assert "liars" not in other.read()


async def test_who_answered_goes_along(tmp_path: Path) -> None:
    async with talking(tmp_path / "one") as talk:
        await talk("first")
        exported = (await talk("+export")).files[0]
    async with talking(tmp_path / "two", ChatPrompt(name="test", bot="Owl")) as other:
        await other("+import", attachments=file("c.json", exported.data))
        assert (await other.conversation()).channel.head.speaker == "Assistant"
