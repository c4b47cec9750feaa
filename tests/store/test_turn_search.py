"""Searching turns: every script, both databases, and bounded reading."""

from dataclasses import replace

import pytest

from bot.store.channels import LAST_WORDS_CHARS
from bot.store.store import Commit, Store
from bot.store.turn_search import PIECE
from tests.store.trees import grow, new_channel, turn


async def write(store: Store, name: str, *texts: str) -> None:
    channel = await new_channel(store, name)
    first = replace(turn(channel.head, 0), input=texts[0])
    await store.commit(channel.id, Commit(nodes=[first, *(replace(turn(-1, 0), output=t) for t in texts[1:])], head=0))


async def found(store: Store, words: str, *channels: str, most: int = 50, most_read: int = 10_000) -> list[str]:
    turns = await store.search.find("test", channels or ("a", "b"), words, most=most, most_read=most_read)
    return [f"{each.channel}: {each.input} | {each.output}" for each in turns]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("An Owl and a moon", "owl and"), ("猫が好きです", "猫"), ("我喜欢喝茶", "喝茶"), ("Ça VA", "ça"),
        ("привет", "ПРИВЕТ"),
        ("50% of it", "50%"), ("a_b", "a_b"), ("it's 'here'", "'here'"), ("back\\slash/", "\\slash/"),
    ],
)  # fmt: skip
async def test_words_of_every_kind(any_store: Store, text: str, words: str) -> None:
    await write(any_store, "a", "nothing", text)
    await write(any_store, "b", text, "nothing")
    assert len(await found(any_store, words)) == 2
    assert await found(any_store, words, "b") == [f"b: {text} | said 0"]


async def test_only_the_channels_that_were_named(any_store: Store) -> None:
    await write(any_store, "a", "secret")
    await write(any_store, "b", "secret")
    assert await found(any_store, "secret", "b") == ["b: secret | said 0"]
    assert await any_store.search.find("other", ["a"], "secret", most=9, most_read=9) == []
    assert await found(any_store, "_", "a") == await found(any_store, "%", "a") == []  # no wildcards


async def test_prompts_are_not_searched(any_store: Store) -> None:
    await new_channel(any_store)
    assert await found(any_store, "hello") == []


async def test_the_newest_first_and_both_bounds(store: Store) -> None:
    channel = await new_channel(store)
    await grow(store, channel, PIECE + 10)
    newest = PIECE + 9
    assert (await found(store, "say", most=2))[0] == f"a: say {newest} | said {newest}"
    assert len(await found(store, "say", most=2)) == 2
    assert len(await found(store, "say", most=10_000, most_read=25)) == 25
    assert await found(store, "say 0", most_read=10_000) == ["a: say 0 | said 0"]  # beyond the first chunk
    assert await found(store, "say 0", most_read=PIECE) == []


async def test_the_last_words(any_store: Store) -> None:
    await write(any_store, "a", "x" * 500)
    await new_channel(any_store, "b")
    channel = await new_channel(any_store, "c")
    await any_store.commit(
        channel.id, Commit(nodes=[replace(turn(channel.head, 1), output="", input="y" * 500)], head=0)
    )
    words = await any_store.channels.last_words("test", ["a", "b", "c", "d"])
    assert words == {"a": "said 0", "c": "y" * LAST_WORDS_CHARS}
    assert await any_store.channels.any_words("test", ["a", "b", "c", "d"]) == words
    await any_store.channels.update(channel.id, head_id=channel.head)
    assert await any_store.channels.last_words("test", ["c"]) == {}
    assert await any_store.channels.any_words("test", ["b", "c"]) == {"c": words["c"]}, "undone, but said"
