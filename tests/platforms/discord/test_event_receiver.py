"""Messages, edits and deletions over the wire, at every stage of an answer."""

from pathlib import Path
from typing import Any

import pytest

from tests.platforms.discord.talking import SLOW, answered, finished, idle, inputs
from tests.platforms.discord.test_branches import thread_of
from tests.platforms.discord.wire import Wired, connected, until
from tests.waiting import until_equal


async def growing(wired: Wired, text: str = "hello") -> dict[str, object]:
    """Post a message whose answer is still being written: it is held, as long ones are; short ones are not."""
    wired.engine.held, wired.engine.held_after = True, 10
    wired.engine.enqueue(SLOW)
    said = await wired.wire.say(text)
    await until(lambda: wired.wire.answers())
    return said


def waiting(wired: Wired) -> str:
    """Return what waits for its answer, as it is now."""
    items = wired.platform._account.line._items.values()
    return " ".join(
        str(getattr(each.event, "text", "")) for item in items if not item.begun for each in item.all_incoming
    )


async def cut(wired: Wired) -> None:
    """Wait until the answer being written is no longer wanted; its next word ends it."""
    await until(lambda: any(item.withdrawn for item in wired.platform._account.line._items.values()))
    wired.engine.held = False


def words(wired: Wired, text: str) -> str:
    return f"<@{wired.wire.world.bot.id}> {text}"


# --- edits ------------------------------------------------------------------------------------------------------------


async def test_an_edit_while_the_answer_is_written_is_answered_in_its_place(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        said = await growing(wired, "tow")
        wired.engine.enqueue(" new")
        await wired.wire.change(said, words(wired, "two"))
        await cut(wired)
        await until(lambda: [each["content"] for each in wired.wire.answers()] == ["new"])
        assert await inputs(wired) == ["two"]
        await idle(wired)
        assert await wired.conversations.core.store.inbox.open("discord") == []


async def test_an_edit_of_what_waits_is_read_as_it_is_then(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        await growing(wired, "one")
        said = await wired.wire.say("tow")
        await until(lambda: "tow" in waiting(wired))
        await wired.wire.change(said, words(wired, "two"))
        await until(lambda: "two" in waiting(wired))
        wired.engine.held = False
        await answered(wired.wire, 2)
        assert await inputs(wired) == ["one", "two"]


async def test_an_edit_of_one_of_several_messages_keeps_the_others(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await growing(wired, "one")
        several = [await wire.say(text) for text in ("two", "three", "four")]
        await until(lambda: "four" in waiting(wired))
        wired.engine.held = False
        await answered(wire, 2)
        assert await inputs(wired) == ["one", "two\nthree\nfour"]
        await idle(wired)
        await wire.change(several[1], words(wired, "THREE"))
        await answered(wire, 3)
        assert await inputs(wired) == ["one", "two\nTHREE\nfour"]
        await idle(wired)
        await wire.delete(several[0])
        await answered(wire, 4)
        assert await inputs(wired) == ["one", "THREE\nfour"]


async def test_an_edit_that_calls_the_bot_is_answered(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        said = await wired.wire.say("hello", mention=False)
        await wired.wire.change(said, "hello everybody")
        said["mentions"] = [wired.wire.world.bot.told()]
        await wired.wire.change(said, words(wired, "hello"))
        await answered(wired.wire, 1)
        assert await inputs(wired) == ["hello"]


# --- deletions --------------------------------------------------------------------------------------------------------


async def test_a_deletion_while_the_answer_is_written_takes_all_of_it(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        said = await growing(wired, "my password is owl")
        await wired.wire.delete(said)
        await cut(wired)
        await until_equal(lambda: inputs(wired), [])
        assert not wired.wire.answers()


async def test_what_is_deleted_while_it_waits_is_not_read(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        await growing(wired, "one")
        secret = await wired.wire.say("my password is owl")
        await wired.wire.say("two")
        await until(lambda: "two" in waiting(wired))
        await wired.wire.delete(secret)
        await until(lambda: "owl" not in waiting(wired))
        wired.engine.held = False
        await answered(wired.wire, 2)
        assert await inputs(wired) == ["one", "two"]


async def test_who_deletes_an_answer_of_the_bot_undoes_nothing(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        await wired.wire.say("one")
        answer = await answered(wired.wire)
        await idle(wired)
        await wired.wire.delete(answer)
        await wired.wire.say("two")
        await answered(wired.wire, 1)
        assert await inputs(wired) == ["one", "two"]


# --- what is not said in words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{"sticker_items": [{"id": "1", "name": "owl", "format_type": 1}]}, {}])
async def test_a_sticker_in_a_talk_channel_says_nothing_to_the_bot(tmp_path: Path, more: dict[str, Any]) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await wired.conversations.core.store.values.set("talk", f"discord:{wire.channel.id}", True)
        await wire.say("", mention=False, **more)
        await wire.say("hello", mention=False)
        await answered(wire, 1)
        assert await inputs(wired) == ["hello"]


async def test_a_mention_without_words_is_told_what_there_is(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        await wired.wire.say("")
        await until(lambda: "+help" in str([each["content"] for each in wired.wire.answers()]))


async def test_forwarded_words_are_read(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await wired.conversations.core.store.values.set("talk", f"discord:{wire.channel.id}", True)
        snapshot: dict[str, Any] = {
            "content": "the owl sat in a tree", "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None,
            "attachments": [], "embeds": [], "type": 0, "flags": 0, "mentions": [], "mention_roles": [],
        }  # fmt: skip
        reference = {"type": 1, "message_id": "1", "channel_id": "2", "guild_id": "3"}
        await wire.say("", mention=False, message_snapshots=[{"message": snapshot}], message_reference=reference)
        await answered(wire)
        assert await inputs(wired) == ["the owl sat in a tree"]


async def test_a_thread_of_a_talk_channel_is_one(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await wire.say("one")
        thread = await thread_of(wire, await answered(wire))
        await wired.conversations.core.store.values.set("talk", f"discord:{wire.channel.id}", True)
        await wire.say("in the thread", channel=thread, mention=False)
        await until(lambda: wire.answers(thread) and finished(wire.answers(thread)[-1]))


async def test_an_edit_that_leaves_no_words_is_not_answered(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        said = await wired.wire.say("one")
        await answered(wired.wire)
        await idle(wired)
        await wired.wire.change(said, words(wired, ""))
        await wired.wire.say("two")
        await answered(wired.wire, 2)
        assert await inputs(wired) == ["one", "two"]
