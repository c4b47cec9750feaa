"""Deleting a channel or a person's messages leaves no trace; others' messages stay."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from bot.chat.turn import TurnOptions
from bot.store.connection import reading
from bot.store.forgetting import Place
from bot.store.integrity import check
from bot.store.store import Commit, Store
from bot.store.tables import metadata
from tests.conversations import last, open_conversations
from tests.fakes import FakeEngine
from tests.store.trees import budget_of, grow, new_channel, said, state, turn

ANN = TurnOptions(sampling={"seed": 1}, user="test:1")
BOB = TurnOptions(sampling={"seed": 2}, user="test:2")


async def everything(store: Store) -> str:
    """Return the content of all tables as text."""
    async with reading(store.engine) as connection:
        found = [(await connection.execute(select(table))).all() for table in metadata.sorted_tables]
    return str(found)


async def test_a_channel_leaves_nothing_and_others_keep_theirs(any_store: Store) -> None:
    made = {}
    for name in ("a", "b"):
        channel = await new_channel(any_store, name)
        made[name] = await grow(any_store, channel, 3 if name == "a" else 5)
        await any_store.inbox.take("test", name, "1", user="test:1", event={"text": f"in {name}"})
        await any_store.values.set("talk", f"test:{name}", True)
        draft = Commit(nodes=[turn(made[name][0].id, 9)], draft=0, messages=[said("1", name)])
        await any_store.commit(channel.id, draft)
        await any_store.states.save([state(node.digest) for node in made[name]], budget_of(any_store))
    await any_store.forget_channel(made["b"][0].channel)
    left = await everything(any_store)
    assert "in a" in left
    assert "in b" not in left
    assert "test:b" not in left
    assert await any_store.states.kept("m", [node.digest for node in made["b"]]) == {
        node.digest for node in made["a"]
    }, "what another channel has read too is still its own"
    assert await check(any_store.engine) == []
    await any_store.forget_channel(10**6)


async def test_a_persons_words_go_and_others_stay(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine) as conversations:
        store = conversations.core.store
        talk = await conversations.open("test", "a")
        engine.enqueue(" one", " a secret answer", " three", " another secret")
        await last(talk.chat("hello all", author="Bob", options=BOB))
        await last(talk.chat("my secret", author="Ann", options=ANN))
        secret = talk.channel.head
        await last(talk.chat("what now", author="Bob", options=BOB))
        await last(talk.alternate(options=BOB, node=secret.id))
        assert talk.channel.head.user == "test:1", "asked for by Bob, but still Ann's words"
        await talk.channel.swipe(-1)
        await store.values.set("user:test::1", "settings", {"secret": 1})
        await store.values.set("user:test:guild:1", "settings", {"secret": 1})
        await store.values.set("user:test::11", "settings", {"other": 1})
        await store.inbox.take("test", "a", "5", user="test:1", event={"text": "secret"})
        await talk.channel.go((await store.nodes.children(secret.id))[0].id)

        await conversations.forget_user("test:1")
        left = await everything(store)
        assert "secret" not in left
        assert "hello all" in left
        assert "what now" in left
        assert await store.values.get("user:test::11", "settings") == {"other": 1}
        assert await check(store.engine) == []
        await last(talk.chat("go on", author="Bob", options=BOB))
        request = engine.requests[-1]
        read = engine.coder.decode([*engine.tokens_of(request.state), *request.tokens])
        assert "secret" not in read, "nor does any state remember it"
        assert "hello all" in read
        assert "what now" in read


async def test_at_a_place_only_what_was_said_there_goes(any_store: Store) -> None:
    places = {"a": "g", "b": "g", "c": "h", "d": None, "e": None}
    for name, guild in places.items():
        row = await any_store.channels.add("test", name, guild, "test", [turn(None, 1)])
        for user in ("1", "2"):
            node = replace(turn(row.head, 2), user=f"test:{user}", input=f"{user} said in {name}", output="")
            await any_store.commit(row.id, Commit(nodes=[node], head=0, user=f"test:{user}"))
        await any_store.inbox.take("test", name, "5", guild, user="test:1", event={"text": f"1 sent in {name}"})
    for scope in ("user:test:g:1", "user:test:g:2", "user:test:h:1", "user:test::1"):
        await any_store.values.set(scope, "settings", {"of": scope})

    async def left() -> set[str]:
        found = await everything(any_store)
        return {name for name in places if f"1 said in {name}" in found and f"1 sent in {name}" in found}

    await any_store.forget_user("test:1", Place("g", "a"))
    assert await left() == {"c", "d", "e"}, "the whole server, nothing else"
    assert await any_store.values.get("user:test:g:1", "settings") is None
    await any_store.forget_user("test:1", Place(None, "d"))
    assert await left() == {"c", "e"}, "in private that conversation only"
    for scope in ("user:test:g:2", "user:test:h:1", "user:test::1"):
        assert await any_store.values.get(scope, "settings") == {"of": scope}
    found = await everything(any_store)
    assert all(f"2 said in {name}" in found for name in places)
    assert await check(any_store.engine) == []


async def test_nobody_shakes_off_the_days_limits(any_store: Store) -> None:
    channel = await new_channel(any_store)
    await any_store.commit(channel.id, Commit(nodes=[replace(turn(channel.head, 1), user="test:1")], user="test:1"))
    assert await any_store.channels_of("test:1") == {channel.id}
    assert (await any_store.forget_user("test:1"))[1] == {channel.id}
    assert (await any_store.usage.total(user="test:1")).turns == 1
    assert await any_store.forget_user("test:1") == ([], set())
