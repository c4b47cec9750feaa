"""Keys are spread evenly, and move only when their replica goes."""

from collections import Counter

import pytest

from bot.remote.rendezvous import chosen

KEYS = [f"discord:{number}" for number in range(3000)]


def test_keys_spread_and_one_that_goes_moves_only_its_own() -> None:
    names = ["a", "b", "c", "d"]
    before = {key: chosen(names, key, str) for key in KEYS}
    assert min(Counter(before.values()).values()) > 600
    after = {key: chosen(["a", "b", "d"], key, str) for key in KEYS}
    assert all(after[key] == name for key, name in before.items() if name != "c")
    assert {after[key] for key, name in before.items() if name == "c"} == {"a", "b", "d"}
    with pytest.raises(ValueError, match="empty"):
        chosen([], "a", str)
