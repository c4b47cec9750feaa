"""A large import is written in batches: other writers do not wait for all of it, and no partial import is kept."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.store import store as store_module
from bot.store.node import Node
from bot.store.nodes import ROWS
from bot.store.store import Commit, Store, open_store
from bot.store.unfinished_import import UnfinishedImport
from tests.store.trees import ROOT, new_channel, turn
from tests.waiting import PATIENCE

TURNS = 3 * ROWS + 7


def tree() -> Commit:
    nodes = [ROOT, *(turn(-1, number) for number in range(TURNS))]
    return Commit(nodes=nodes, head=TURNS, saves={"middle": 700}, tokens_written=0)


async def test_it_is_all_there_and_in_order(any_store: Store) -> None:
    channel = await new_channel(any_store)
    made = await any_store.commit(channel.id, tree())
    path = await any_store.nodes.path(made[-1].id)
    assert [node.id for node in path] == [node.id for node in made]
    assert [node.input for node in path[1:]] == [f"say {number}" for number in range(TURNS)]
    assert [mark.node for mark in await any_store.bookmarks.of(channel.id)] == [made[700].id]
    assert await any_store.values.items("import") == {}
    assert (await any_store.usage.total()).tokens_written == 0


async def test_others_get_their_turn_between_the_pieces(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = [await new_channel(store, name) for name in ("a", "b")]
    insert, sizes = UnfinishedImport.insert, []

    async def insert_after_hello(self: UnfinishedImport, piece: Sequence[Node], before: Sequence[Node]) -> list[Node]:
        sizes.append(len(piece))
        await store.commit(two.id, Commit(nodes=[turn(two.head, len(before))], head=0))
        return await insert(self, piece, before)

    monkeypatch.setattr(UnfinishedImport, "insert", insert_after_hello)
    async with asyncio.timeout(PATIENCE):  # would wait forever if the import held the write lock
        await store.commit(one.id, tree())
    assert sizes == [ROWS] * 3, "nobody waits for more than that"


@pytest.mark.parametrize("how", ["failed", "cancelled"])
async def test_nothing_half_is_kept(how: str, any_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = await new_channel(any_store)
    error = asyncio.CancelledError() if how == "cancelled" else RuntimeError("no more")

    async def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(store_module, "add_usage", fail)
    with pytest.raises(type(error)):
        await any_store.commit(channel.id, tree())
    assert await any_store.nodes.count() == 1
    assert await any_store.values.items("import") == {}
    found = await any_store.channels.find("test", "a")
    assert found is not None
    assert found.head == channel.head


async def test_what_a_dead_process_left_is_removed_at_the_next_start(tmp_path: Path) -> None:
    async with open_store("", tmp_path) as store:
        channel = await new_channel(store)
        pieces = UnfinishedImport(store.engine, channel.id)
        prepared = await store.nodes.prepared(channel.id, tree().nodes)
        made = await pieces.insert(prepared[:ROWS], [])
        await pieces.insert(prepared[ROWS : 2 * ROWS], made)
        assert await store.nodes.count() == 1 + 2 * ROWS
    async with open_store("", tmp_path) as store:
        assert await store.nodes.count() == 1
        assert await store.values.items("import") == {}


async def test_a_tree_that_came_with_states_shares_none(store: Store) -> None:
    channel = await new_channel(store)
    ours, theirs = [(await store.commit(channel.id, replace(tree(), apart=apart)))[-1] for apart in (False, True)]
    assert ours.tokens == theirs.tokens
    assert ours.digest != theirs.digest, "a forged state can be found from no other place"
