"""States on their way to disk."""

import pytest

from bot.chat.unsaved_states import UnsavedStates
from bot.store.state_budget import SerializedState


def state(digest: str, data: bytes, fingerprint: str = "owl") -> SerializedState:
    return SerializedState(fingerprint=fingerprint, digest=digest, data=data)


@pytest.fixture
def unsaved() -> UnsavedStates:
    """Three states of 1, 2 and 3 bytes."""
    made = UnsavedStates()
    for each in (state("a", b"1"), state("b", b"22"), state("b", b"333", "moon")):
        made.add(each)
    return made


def test_a_new_state_replaces_the_one_of_its_name(unsaved: UnsavedStates) -> None:
    unsaved.add(new := state("b", b"4444"))
    assert (len(unsaved), unsaved.nbytes) == (3, 8)
    assert unsaved.get(("owl", "b")) is new


def test_removing_twice_is_removing_once(unsaved: UnsavedStates) -> None:
    for _ in range(2):
        unsaved.remove(("owl", "b"))
    assert (len(unsaved), unsaved.nbytes) == (2, 4)
    assert ("owl", "b") not in unsaved


def test_a_path_is_forgotten_with_all_models(unsaved: UnsavedStates) -> None:
    unsaved.forget({"b", "c"})
    assert (len(unsaved), unsaved.nbytes) == (1, 1)
    assert ("owl", "a") in unsaved


def test_what_came_during_a_write_stays(unsaved: UnsavedStates) -> None:
    given = unsaved.given()
    unsaved.add(newer := state("a", b"55555"))
    unsaved.add(other := state("c", b"666666"))
    unsaved.saved(given)
    assert (unsaved.get(("owl", "a")), unsaved.get(("owl", "c"))) == (newer, other)
    assert (len(unsaved), unsaved.nbytes) == (2, 11)


def test_nothing_is_left(unsaved: UnsavedStates) -> None:
    unsaved.clear()
    assert not unsaved
    assert unsaved.nbytes == 0
