"""The messages of one person."""

from bot.store.forgetting import Place
from bot.store.store import Store
from tests.store.trees import grow, new_channel


async def test_the_last_ones_with_the_oldest_first(any_store: Store) -> None:
    for name in ("a", "b"):
        await grow(any_store, await new_channel(any_store, name), 3)
    assert [(each.channel, each.words, each.answer) for each in await any_store.turns_of_user("test:1", None, 4)] == [
        ("a", "say 2", "said 2"), ("b", "say 0", "said 0"), ("b", "say 1", "said 1"), ("b", "say 2", "said 2"),
    ]  # fmt: skip
    assert len(await any_store.turns_of_user("test:1", Place(None, "a"), 100)) == 3
    assert await any_store.turns_of_user("test:2", None, 100) == []
