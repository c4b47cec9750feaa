"""Turns in the store: paths, siblings, digests, and resistance to a hand-made database."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Row, Select, event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import writing
from bot.store.digest import NOTHING, digest_after
from bot.store.look_up import look_up
from bot.store.nodes import ROWS, digests_along
from bot.store.store import Commit, Store
from tests.store.trees import ROOT, grow, new_channel, turn
from tests.waiting import PATIENCE


async def test_a_path_leads_from_the_root(any_store: Store) -> None:
    channel = await new_channel(any_store)
    made = await grow(any_store, channel, 5)
    path = await any_store.nodes.path(made[-1].id)
    assert [node.id for node in path] == [channel.head, *(node.id for node in made)]
    assert path[1:] == made, "what a commit returns is what is read back"
    assert [node.id for node in await any_store.nodes.path(made[-1].id, 2)] == [node.id for node in made[-2:]]
    assert (await any_store.nodes.get(made[2].id)) == made[2]
    assert await any_store.nodes.get(10**9) is None
    assert await any_store.nodes.count() == 6


async def test_children_and_siblings(any_store: Store) -> None:
    channel = await new_channel(any_store)
    first, second = await any_store.commit(
        channel.id, Commit(nodes=[turn(channel.head, 1), turn(channel.head, 1)], head=0)
    )
    (other,) = await any_store.commit(channel.id, Commit(nodes=[turn(channel.head, 2)], head=0))
    assert [node.id for node in await any_store.nodes.siblings(first)] == [first.id, second.id]
    assert [node.id for node in await any_store.nodes.children(channel.head or 0)] == [first.id, second.id, other.id]
    assert len(await any_store.nodes.of_channel(channel.id)) == 4


async def test_the_digest_is_that_of_all_tokens_of_the_path(any_store: Store) -> None:
    channel = await new_channel(any_store)
    made = await grow(any_store, channel, 6)
    await grow(any_store, channel, 3, parent=made[2].id)
    path = await any_store.nodes.path(made[-1].id)
    for length in range(1, len(path) + 1):
        tokens = [token for node in path[:length] for token in node.tokens]
        assert path[length - 1].digest == digest_after(NOTHING, tokens)
    assert digests_along(path) == [node.digest for node in path]


async def test_the_digest_of_an_older_database_is_made_when_it_is_needed(store: Store) -> None:
    channel = await new_channel(store)
    made = await grow(store, channel, 4)
    async with writing(store.engine) as connection:
        await connection.execute(text("UPDATE nodes SET digest = ''"))
    store.nodes.forget_digests()
    old = await store.nodes.get(made[-1].id)
    assert old is not None
    assert old.digest == ""
    assert await store.nodes.digest(old) == made[-1].digest
    (new,) = await store.commit(channel.id, Commit(nodes=[turn(old.id, 9)], head=0))
    assert new.digest == digest_after(made[-1].digest, new.tokens)


async def test_channels_that_have_read_the_same_share_a_name(store: Store) -> None:
    one, two = [await new_channel(store, name) for name in ("a", "b")]
    first, second = await grow(store, one, 3), await grow(store, two, 3)
    assert [node.digest for node in first] == [node.digest for node in second]
    assert first[0].id != second[0].id


async def test_those_near_a_head_are_told_from_others(any_store: Store) -> None:
    channel = await new_channel(any_store)
    made = await grow(any_store, channel, 8)
    await any_store.bookmarks.set(channel.id, "save", "here", made[1].id)
    near = await any_store.nodes.near_heads([node.digest for node in made], 3)
    assert near == {made[place].digest for place in (1, 5, 6, 7)}
    await any_store.channels.update(channel.id, head_id=made[3].id, draft_id=made[6].id)
    near = await any_store.nodes.near_heads([node.digest for node in made], 1)
    assert near == {made[place].digest for place in (1, 3, 6)}


async def test_a_circle_made_by_hand_ends(any_store: Store) -> None:
    channel = await new_channel(any_store)
    made = await grow(any_store, channel, 5)
    async with writing(any_store.engine) as connection:
        change = text("UPDATE nodes SET parent_id = :below WHERE id = :above")
        await connection.execute(change, {"below": made[-1].id, "above": made[0].id})
    async with asyncio.timeout(PATIENCE):
        path = await any_store.nodes.path(made[-1].id)
        near = await any_store.nodes.near_heads([made[0].digest], 4)
    assert [node.id for node in path] == [node.id for node in made], "every turn once"
    assert near <= {made[0].digest}


async def test_hostile_characters_are_kept_or_replaced(any_store: Store) -> None:
    channel = await new_channel(any_store)
    odd = Commit(nodes=[turn(channel.head, 1, user="test:1")], head=0)
    node = odd.nodes[0]
    bad = replace(node, input="half \ud83d and \x00 nothing", output="\u202e🦉")
    (made,) = await any_store.commit(channel.id, replace(odd, nodes=[bad]))
    kept = await any_store.nodes.get(made.id)
    assert kept is not None
    assert (kept.input, kept.output) == ("half ? and  nothing", "\u202e🦉")


async def test_many_turns_at_once_keep_their_order(any_store: Store) -> None:
    channel = await new_channel(any_store)
    made = await grow(any_store, channel, 1203)
    assert [node.input for node in await any_store.nodes.path(made[-1].id)][1:] == [node.input for node in made]
    assert ROOT.input == (await any_store.nodes.path(made[-1].id))[0].input


async def test_the_last_tokens_take_no_more_turns_than_they_need(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await grow(store, await new_channel(store), 130)
    whole = [token for node in await store.nodes.path(made[-1].id) for token in node.tokens]
    for count in (1, 4, 199, 200, 201, len(whole) - 1, len(whole), len(whole) + 9):
        assert await store.nodes.last_tokens(made[-1].id, count) == whole[-count:]
    assert await store.nodes.last_tokens(made[-1].id, 0) == whole
    queries: list[object] = []

    async def counted(engine: AsyncEngine, query: Select[Any], **values: object) -> Sequence[Row[Any]]:
        queries.append(values)
        return await look_up(engine, query, **values)

    monkeypatch.setattr("bot.store.nodes.look_up", counted)
    event.listen(store.engine.sync_engine, "before_cursor_execute", lambda *given: queries.append(given[2]))
    await store.nodes.last_tokens(made[-1].id, 20)
    assert len(queries) == 1


async def test_everybody_goes_on_while_a_long_talk_is_read(store: Store) -> None:
    channel = await new_channel(store)
    made = await grow(store, channel, 5 * ROWS)
    for read in (store.nodes.path(made[-1].id), store.nodes.of_channel(channel.id)):
        beats = 0

        async def beat() -> None:
            nonlocal beats
            while True:
                await asyncio.sleep(0)
                beats += 1

        beating = asyncio.create_task(beat())
        found = await read
        beating.cancel()
        assert len(found) == 5 * ROWS + 1
        assert beats >= 5, "once a piece, at least"
