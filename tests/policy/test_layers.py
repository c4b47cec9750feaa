"""Layered settings: later layers win, and a person's settings affect only them."""

from pathlib import Path

from bot.events import Author, Origin
from bot.policy.layers import merge_sampling, set_user_setting, table_of, user_settings
from bot.store.store import open_store

ANN = Origin(platform="test", channel="c", author=Author("1", "Ann"), guild="g")
PRESETS = {"warm": {"temperature": 1.5, "top_p": 0.9}, "cold": {"temperature": 0.1}}


def test_later_layers_win() -> None:
    channel = {"preset": "warm", "sampling": {"top_k": 5}}
    user = {"preset": "cold", "sampling": {"top_k": 6, "min_p": 0.1}}
    merged = merge_sampling(PRESETS.__getitem__, channel, user, {"min_p": 0.2})
    assert merged == {"temperature": 0.1, "top_p": 0.9, "top_k": 6, "min_p": 0.2}
    assert table_of({"sampling": "damaged"}, "sampling") == {}


async def test_settings_are_kept_and_taken_back(tmp_path: Path) -> None:
    async with open_store("", tmp_path) as store:
        await set_user_setting(store.values, ANN, "language", "ja")
        await set_user_setting(store.values, ANN, "preset", "warm")
        assert await user_settings(store.values, ANN) == {"language": "ja", "preset": "warm"}
        for name in ("language", "preset"):
            await set_user_setting(store.values, ANN, name, None)
        assert await user_settings(store.values, ANN) == {}
