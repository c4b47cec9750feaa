"""What the drawer of settings reads."""

from bot.sampling import PARAMETERS
from tests.platforms.web.conftest import Web


async def test_every_number_and_switch_with_its_range_and_sentence(web: Web) -> None:
    found = (await web.client.get("/api/settings", headers={"Accept-Language": "zh"})).json()
    named = {each["name"]: each for each in found["parameters"]}
    assert set(named) == {each.name for each in PARAMETERS if each.kind in ("float", "int", "bool")}
    assert all(each["help"] for each in named.values())
    temperature = named["temperature"]
    assert (temperature["minimum"], temperature["maximum"], temperature["default"]) == (0, 5, 0.9), "the prompt's own"
    assert named["mirostat_mode"]["choices"] == [0, 2]
    assert found["values"] == {}
    assert found["preset"] is None
    assert "creative" in found["presets"]


async def test_what_is_set_here_and_what_lies_below_it(web: Web) -> None:
    web.conversations.settings = {"preset": "chatrwkv", "sampling": {"top_p": 0.25}}
    await web.chat("hello")
    found = (await web.client.get("/api/settings")).json()
    assert (found["values"], found["preset"]) == ({"top_p": 0.25}, "chatrwkv")
    below = {each["name"]: each["default"] for each in found["parameters"]}
    assert (below["temperature"], below["top_p"]) == (1.2, 0.5), "the preset's"


async def test_looking_makes_no_conversation(web: Web) -> None:
    await web.client.get("/api/settings")
    assert not web.conversations.opened
