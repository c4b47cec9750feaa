"""Answers stored for programs."""

from datetime import UTC, datetime, timedelta

from bot.store.node import Node
from bot.store.store import Commit, Store
from bot.store.stored_answers import AnswerPage, StoredAnswer

START = datetime(2026, 11, 1, tzinfo=UTC)


def kept(name: str, minute: int = 0, model: str = "m") -> StoredAnswer:
    return StoredAnswer(
        id=name, kind="chat", body={"id": name}, input=["hello"], model=model, metadata={"first": name},
        created=START + timedelta(minutes=minute),
    )  # fmt: skip


async def channel(store: Store, name: str = "key") -> tuple[int, int]:
    root = Node(id=0, channel=0, parent=None, kind="root")
    found = await store.channels.add("api", name, None, "", [root])
    assert found.head is not None
    return found.id, found.head


async def say(store: Store, place: int, parent: int, name: str) -> int:
    node = Node(id=0, channel=0, parent=parent, kind="chat", input_tokens=(1, 2), output_tokens=(3,), user="api:key")
    answer = StoredAnswer(id=name, kind="response", body={}, input=[])
    return (await store.commit(place, Commit(nodes=[node], user="api:key", kept=answer)))[0].id


async def test_pages_by_time_in_both_directions_and_by_model(any_store: Store) -> None:
    here, _ = await channel(any_store)
    table = any_store.answers
    for place, name in enumerate("cabd"):
        await table.add(here, kept(name, place // 2, model="other" if name == "b" else "m"))
    page = AnswerPage(kind="chat", limit=10)
    assert [each.id for each in await table.page(here, page)] == ["a", "c", "b", "d"]
    second = AnswerPage(kind="chat", limit=2, after="c")
    assert [each.id for each in await table.page(here, second)] == ["b", "d"]
    back = AnswerPage(kind="chat", limit=2, after="b", ascending=False)
    assert [each.id for each in await table.page(here, back)] == ["c", "a"]
    assert [each.id for each in await table.page(here, AnswerPage(kind="chat", limit=9, model="other"))] == ["b"]
    assert await table.page(here, AnswerPage(kind="chat", limit=9, after="gone")) == []
    named = AnswerPage(kind="chat", limit=9, metadata={"first": "d"})
    assert [each.id for each in await table.page(here, named)] == ["d"]
    assert await table.page(here, AnswerPage(kind="chat", limit=9, metadata={"first": "d", "x": "y"})) == []
    assert await table.oldest(here, 3) == ["a"]


async def test_another_key_finds_nothing(any_store: Store) -> None:
    here, _ = await channel(any_store)
    there, _ = await channel(any_store, "other")
    await any_store.answers.add(here, kept("a"))
    assert await any_store.answers.get(there, "a") is None
    assert not await any_store.answers.describe(there, "a", {"x": "y"})
    assert not await any_store.forget_answers(there, ["a"])
    assert await any_store.answers.describe(here, "a", {"x": "y"})
    found = await any_store.answers.get(here, "a")
    assert found is not None
    assert (found.metadata, found.input, found.created) == ({"x": "y"}, ["hello"], START)


async def test_turns_go_with_their_answers_once_nothing_follows(any_store: Store) -> None:
    here, root = await channel(any_store)
    first = await say(any_store, here, root, "one")
    second = await say(any_store, here, first, "two")
    assert await any_store.forget_answers(here, ["one"]) == []
    assert await any_store.answers.get(here, "one") is None
    assert await any_store.nodes.get(first) is not None, "the second goes on from it"
    assert len(await any_store.forget_answers(here, ["two", "never"])) == 2
    assert await any_store.nodes.get(second) is None
    assert await any_store.nodes.get(first) is None
    assert await any_store.nodes.get(root) is not None


async def test_forgetting_a_key_forgets_its_answers(any_store: Store) -> None:
    here, root = await channel(any_store)
    await say(any_store, here, root, "one")
    await any_store.answers.add(here, kept("a"))
    await any_store.forget_user("api:key")
    assert await any_store.answers.get(here, "one") is None
    assert await any_store.answers.get(here, "a") is None


async def test_a_turn_and_its_answer_are_kept_together(any_store: Store) -> None:
    here, root = await channel(any_store)
    node = await say(any_store, here, root, "one")
    found = await any_store.answers.get(here, "one")
    assert found is not None
    assert found.node == node
