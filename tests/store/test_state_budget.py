"""The disk budget of stored states: its limit, and the order of eviction."""

from bot.store.store import Store
from tests.store.trees import budget_of, grow, new_channel, state


async def test_the_budget_is_a_bound_whatever_is_given(any_store: Store) -> None:
    channels = [await new_channel(any_store, f"c{number}") for number in range(30)]
    heads = [(await grow(any_store, channel, number + 1))[-1] for number, channel in enumerate(channels)]
    budget = budget_of(any_store, 1000)
    for head in heads:  # every one of them is a HEAD
        await any_store.states.save([state(head.digest, 90)], budget)
        assert await any_store.states.nbytes() <= 1000
    assert await any_store.states.load("m", heads[-1].digest) is not None
    await any_store.states.save([state("large", 2000), state("fits", 1000), state("last", 600)], budget)
    assert await any_store.states.kept("m", ["large", "fits", "last"]) == {"last"}
    assert await any_store.states.nbytes() <= 1000


async def test_foreign_states_go_first_then_old_turns_then_heads(any_store: Store) -> None:
    made = await grow(any_store, await new_channel(any_store), 8)
    digests = [node.digest for node in made]
    budget = budget_of(any_store, 1000, turns=2)
    for digest in digests:  # the HEAD's state is the least recently used
        await any_store.states.save([state(digest, 100)], budget)
    await any_store.states.save([state("foreign", 100, "n")], budget)
    await any_store.states.save([], budget, used=[("m", digest) for digest in digests[:6]])
    await any_store.states.save([state("new", 150)], budget)
    assert await any_store.states.load("n", "foreign") is None
    assert await any_store.states.kept("m", digests) == set(digests)
    await any_store.states.save([state("newer", 400)], budget, used=[("m", "new")])
    left = await any_store.states.kept("m", digests)
    assert set(digests[6:]) <= left, "those near HEAD stay though they were used before the others"
    assert len(left) < 8
    await any_store.states.save([state("newest", 900)], budget)
    assert await any_store.states.kept("m", [*digests, "new", "newer", "newest"]) == {"newest"}
