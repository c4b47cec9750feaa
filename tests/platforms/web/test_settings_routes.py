"""The data for the settings drawer."""

import httpx

from bot.policy.scopes import user_scope
from bot.sampling import PARAMETERS
from tests.platforms.web.conftest import Web
from tests.waiting import PATIENCE


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
    assert below["max_tokens"] == 300, "the configuration's"


async def test_looking_makes_no_conversation(web: Web) -> None:
    await web.client.get("/api/settings")
    assert not web.conversations.opened


async def test_what_one_has_set_for_all_ones_conversations(web: Web) -> None:
    web.conversations.settings = {"preset": "chatrwkv", "sampling": {"top_p": 0.25}}
    await web.chat("hello")
    origin = web.dispatcher.events[-1].origin
    await web.values.set(user_scope(origin), "settings", {"sampling": {"temperature": 0.4}})
    mine = (await web.client.get("/api/settings?scope=me")).json()
    assert (mine["values"], mine["preset"]) == ({"temperature": 0.4}, None)
    below = {each["name"]: each["default"] for each in mine["parameters"]}
    assert (below["temperature"], below["top_p"]) == (1.2, 0.25), "the conversation's"
    here = (await web.client.get("/api/settings")).json()
    assert (here["values"], here["mine"]) == ({"top_p": 0.25}, {"temperature": 0.4})
    assert (await web.client.get("/api/settings?scope=all")).status_code == 400
    async with httpx.AsyncClient(base_url=web.platform.url, timeout=PATIENCE) as other:
        assert (await other.get("/api/settings")).json()["mine"] == {}
