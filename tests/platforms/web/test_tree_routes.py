"""The data for the tree picture."""

from bot.platforms.web.tree_routes import TEXT_CHARS, TURNS_COMPARED, nearest, parted
from tests.platforms.web.conftest import Web
from tests.platforms.web.fakes import FakeTurn


async def test_the_whole_tree_with_texts_cut_short(web: Web) -> None:
    web.conversations.turns = [
        FakeTurn(1, "the prompt", kind="root", parent=None), FakeTurn(2, "x" * 999, "hello", names=("duel",)),
    ]  # fmt: skip
    assert (await web.client.get("/api/tree")).json() == {"head": None, "turns": [], "count": 0}
    await web.chat("hello")
    found = (await web.client.get("/api/tree")).json()
    assert (found["head"], found["count"]) == (2, 2)
    assert found["turns"][0] == {"node": 1, "parent": None, "kind": "root", "names": [], "input": "", "output": ""}
    assert (found["turns"][1]["input"], found["turns"][1]["names"]) == ("x" * (TEXT_CHARS - 1) + "…", ["duel"])


def test_of_too_many_turns_the_nearest_are_drawn() -> None:
    chain = [FakeTurn(1, parent=None)] + [FakeTurn(number, parent=number - 1) for number in range(2, 101)]
    aside = [FakeTurn(number, parent=1) for number in range(101, 200)]
    assert [node.id for node in nearest([*chain, *aside], 100, 5)] == [96, 97, 98, 99, 100]
    assert [node.id for node in nearest([*chain, *aside], 150, 4)][:2] == [1, 2]
    assert len(nearest([*chain, *aside], 1, 50)) == 50
    assert nearest(chain, 50, 100) == chain


async def test_two_branches_from_where_they_parted(web: Web) -> None:
    web.conversations.turns = [
        FakeTurn(1, kind="root", parent=None),
        FakeTurn(2, "a", "b"),
        FakeTurn(3, "c", "d" * 999),
    ]
    assert (await web.client.get("/api/tree/compare?one=2&other=3")).status_code == 400
    await web.chat("hello")
    shorter, longer = (await web.client.get("/api/tree/compare?one=2&other=3")).json()["branches"]
    assert shorter == []
    assert [(turn["input"], turn["output"]) for turn in longer] == [("c", "d" * 999)]
    assert (await web.client.get("/api/tree/compare?one=2&other=99")).status_code == 400
    for odd in ("x", "0", str(2**63)):
        answer = await web.client.get(f"/api/tree/compare?one=2&other={odd}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")


def test_only_the_ends_of_long_branches_are_compared() -> None:
    common = [FakeTurn(1, kind="root", parent=None), FakeTurn(2)]
    one = [FakeTurn(number) for number in range(1000, 1300)]
    left, right = parted([*common, *one], [*common, FakeTurn(3)])
    assert [turn.id for turn in right] == [3]
    assert [turn.id for turn in left] == list(range(1300 - TURNS_COMPARED, 1300))
    assert parted(common, common) == ([], [])
