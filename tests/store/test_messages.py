"""Platform messages that represent turns."""

from dataclasses import replace

from bot.store.store import Commit, Store
from tests.store.trees import new_channel, said, turn


async def test_what_was_said_and_what_shows_it_are_told_apart(any_store: Store) -> None:
    channel = await new_channel(any_store)
    parts = [replace(said("99"), words="first"), replace(said("100"), words="second")]
    (node,) = await any_store.commit(channel.id, Commit(nodes=[turn(channel.head, 1)], head=0, messages=parts))
    await any_store.messages.remember("test", "a", "101", node.id)
    found = await any_store.messages.of_node(node.id)
    assert [(each.id, each.said, each.words) for each in found] == [
        ("99", True, "first"), ("100", True, "second"), ("101", False, "")
    ]  # fmt: skip
    assert await any_store.messages.find("test", "a", "101") == node.id
    assert await any_store.messages.get("test", "a", "99") == found[0]
    assert await any_store.messages.find("test", "b", "101") is None


async def test_a_message_can_come_to_stand_for_another_turn(any_store: Store) -> None:
    channel = await new_channel(any_store)
    first, second = await any_store.commit(
        channel.id, Commit(nodes=[turn(channel.head, 1), turn(channel.head, 1)], head=0)
    )
    for node in (first, second):
        await any_store.messages.remember("test", "a", "1", node.id)
    assert await any_store.messages.find("test", "a", "1") == second.id
    assert await any_store.messages.of_node(first.id) == []
