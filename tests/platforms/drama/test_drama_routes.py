"""RWKV-Drama's HTTP API, as its pages use it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import open_dispatcher
from bot.chat.runner import FITTING_TRIES
from bot.commands.bot import BotServices
from bot.config.schema import Config, WebSection
from bot.engine.types import EngineStatus
from bot.platforms.drama.drama_routes import DONE, drama_routes
from bot.platforms.web.web_platform import WebPlatform
from bot.policy.limits import FLOOD_FACTOR
from bot.policy.scopes import EVERYWHERE
from tests.conversations import open_conversations
from tests.fakes import FakeEngine
from tests.waiting import PATIENCE

SCENARIO = {
    "ScenarioSeries": "猫娘", "ScenarioName": "开端", "Prompt": "萨沙是一名黑客。",
    "Example": "萨沙: 你好。\n\n夜深了。\n\n主人: 嗯。", "CharacterData": {"AI": ["萨沙"], "User": ["主人"]},
}  # fmt: skip
CFG = {
    "top_p": 0.7, "top_k": 0, "temperature": 2, "presence_penalty": 0.5, "frequency_penalty": 0.5, "max_token": 5000,
    "turns": 1, "min_len": 0, "options": 5,
}  # fmt: skip


class Drama:
    """An RWKV-Drama page."""

    def __init__(self, client: httpx.AsyncClient, engine: FakeEngine, folder: Path, services: BotServices) -> None:
        self.client, self.engine, self.folder, self.services = client, engine, folder, services

    async def get(self, name: str, **query: Any) -> Any:
        return self.data(await self.client.get(f"/API/{name}", params=query))

    async def post(self, name: str, body: Any = None) -> Any:
        return self.data(await self.client.post(f"/API/{name}", json=body))

    async def generate(self, **fields: Any) -> Any:
        body = {"Character": "萨沙", "StartWith": "", "Lines": 1, "MinLength": 0, "Cfg": CFG}
        return await self.post("StartGenerate", body | fields)

    def data(self, response: httpx.Response) -> Any:
        told = response.json()
        assert response.status_code == told["Code"] == 200, told
        return told["Data"]

    async def refused(self, name: str, body: Any = None) -> str:
        response = await self.client.post(f"/API/{name}", json=body)
        told = response.json()
        assert (response.status_code, told["Data"]) == (told["Code"], None)
        assert response.status_code in (400, 404)
        return str(told["Msg"])


@asynccontextmanager
async def serving(folder: Path, **web: Any) -> AsyncIterator[Drama]:
    engine = FakeEngine()
    config = Config(web=WebSection.model_validate({"port": 0} | web))
    async with (
        open_conversations(folder, engine) as conversations,
        open_dispatcher(config, conversations) as dispatcher,
    ):
        services = dispatcher.services
        platform = WebPlatform(
            config.web, dispatcher, conversations=conversations, characters=conversations.core.characters,
            presets=services.presets, registry=services.registry,
            engine_status=status, data=folder, values=services.core.store.values,
            more=[drama_routes("drama", dispatcher, conversations, folder / "Save")],
        )  # fmt: skip
        await platform.start()
        try:
            async with httpx.AsyncClient(base_url=platform.url, timeout=PATIENCE) as client:
                yield Drama(client, engine, folder, services)
        finally:
            await platform.close()


def status() -> EngineStatus:
    return EngineStatus(rows_running=0, rows_limit=8, queue_length=0, queue_limit=8, tokens_per_second=0.0,
                        tokens_read=0, tokens_written=0)  # fmt: skip


@pytest.fixture
async def drama(tmp_path: Path) -> AsyncIterator[Drama]:
    async with serving(tmp_path) as found:
        yield found


def said(lines: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(line["InputTag"], line["Character"], line["Message"]) for line in lines]


async def test_a_scene_from_its_scenario_to_its_log(drama: Drama) -> None:
    empty = await drama.get("Refresh")
    assert (empty["Characters"], empty["History"], empty["Pending"]) == ({"AI": [], "User": []}, [], [])
    assert await drama.post("NewChat", SCENARIO) == SCENARIO
    kept = json.loads((drama.folder / "Save" / "猫娘" / "开端" / "场景剧本.json").read_text("utf-8"))
    assert kept == SCENARIO
    begun = await drama.get("Refresh")
    assert (begun["ScenarioSeries"], begun["ScenarioName"]) == ("猫娘", "开端")
    assert begun["Characters"] == SCENARIO["CharacterData"]
    assert said(begun["History"]) == [
        ("初始对话", "萨沙", "你好。"), ("初始对话", "", "夜深了。"), ("初始对话", "主人", "嗯。"),
    ]  # fmt: skip
    typed = await drama.post("NewMessage", {"InputTag": "用户输入", "Message": "你是谁？", "Character": "主人"})
    assert said(typed["Lines_Pending"]) == [("用户输入", "主人", "你是谁？")]
    drama.engine.enqueue(" I am Sasha.", " I won't tell.", " Meow.")
    first = await drama.generate()
    assert first["Reply"] == "I am Sasha."
    assert first["Request"]["Character"] == "萨沙"
    assert said(first["Lines_Pending"]) == [("用户输入", "主人", "你是谁？")], "candidates live in the page"
    assert (await drama.post("GenerateAgain"))["Reply"] == "I won't tell."
    assert (await drama.post("GenerateAgain"))["Reply"] == "Meow."
    chosen = await drama.post("NewMessage", {"InputTag": "模型生成", "Message": "I won't tell.", "Character": "萨沙"})
    assert said(chosen["Lines_Pending"])[1:] == [("模型生成", "萨沙", "I won't tell.")]
    assert await drama.get("SaveAndContinue") is None
    after = await drama.get("Refresh")
    assert (len(after["History"]), after["Pending"]) == (5, [])
    assert await drama.get("SaveToLog") is None
    assert await drama.get("SaveToLog") is None
    (log,) = (drama.folder / "Save").rglob("*_Log.json")
    play = json.loads(log.read_text("utf-8"))
    assert play["Scenario"] == SCENARIO
    assert said(play["Chat"]) == said(after["History"])
    current = await drama.get("CurrentToken")
    assert (current["Scenario"], said(current["Chat"])) == (SCENARIO, said(after["History"]))


async def test_a_beginning_an_edit_and_taking_back(drama: Drama) -> None:
    await drama.post("NewChat", SCENARIO)
    drama.engine.enqueue(" so it is.", " One.", " Two.")
    drawn = await drama.generate(StartWith="因为")
    assert (drawn["Reply"], drawn["Request"]["StartWith"]) == ("so it is.", "因为")
    line = {"InputTag": "模型生成(人工编辑)", "Message": "因为我是猫。", "Character": "萨沙"}
    assert said((await drama.post("NewMessage", line))["Lines_Pending"]) == [
        (line["InputTag"], "萨沙", line["Message"])
    ]
    await drama.generate()
    narration = {"InputTag": "用户输入", "Message": "灯灭了。", "Character": ""}
    pending = (await drama.post("NewMessage", narration))["Lines_Pending"]
    assert [line["Message"] for line in pending] == ["因为我是猫。", "灯灭了。"], "what nobody clicked is gone"
    await drama.generate(Character="旁白")
    assert [line["Message"] for line in (await drama.get("UndoLine"))["Lines_Pending"]] == ["因为我是猫。"]
    assert await drama.get("NGBackAgain") is None
    assert await drama.get("NGBackAgain") is None, "nothing is left to drop"
    assert (await drama.get("UndoLine"))["Lines_Pending"] == []
    assert (await drama.get("Refresh"))["Pending"] == []


async def test_lengths_hold(drama: Drama) -> None:
    await drama.post("NewChat", SCENARIO)
    drama.engine.enqueue(" One.", " Two.", " Three.")
    assert (await drama.generate(Lines=3, MinLength=7))["Reply"] == "One.\nTwo.\nThree."
    sampling = drama.engine.requests[-1].sampling
    assert (sampling.min_tokens, sampling.temperature, sampling.top_p) == (7, 2.0, 0.7)
    assert sampling.max_tokens == 2048, "5000 is more than a line may have"
    line = {"InputTag": "模型生成", "Message": "One.\nTwo.\nThree.", "Character": "萨沙"}
    assert said((await drama.post("NewMessage", line))["Lines_Pending"]) == [
        (line["InputTag"], "萨沙", line["Message"])
    ]


async def test_drawing_again_ends(drama: Drama) -> None:
    await drama.post("NewChat", SCENARIO)
    drama.engine.enqueue(*[" "] * 20)
    assert "no new line" in await drama.refused("StartGenerate", {"Character": "萨沙", "Cfg": CFG})
    drawn = [request for request in drama.engine.requests if request.sampling.max_tokens]
    assert len(drawn) == 1 + FITTING_TRIES


async def test_settings_and_statistics(drama: Drama) -> None:
    config = await drama.get("Config", top_p=0.5, max_token=64)
    assert (config["top_p"], config["max_token"], config["temperature"]) == (0.5, 64, 2.0)
    assert (await drama.get("Config"))["top_p"] == 0.5
    await drama.post("NewChat", SCENARIO)
    drama.engine.enqueue(" Meow.")
    await drama.post("StartGenerate", {"Character": "", "StartWith": "", "Lines": 1, "MinLength": 0})
    assert drama.engine.requests[-1].sampling.top_p == 0.5
    found = await drama.get("SysStat")
    assert found["Statistics"]["总计"]["模型生成次数(次)"] == 1
    assert found["TokenLength"] > 0
    debug = await drama.get("DeBug")
    assert "萨沙是一名黑客。" in debug["Model"]["Main"]["tokens_decoded"]
    assert debug["Pending"]["StepText"].strip() == "萨沙: Meow."
    assert set(debug["Model"]) == {"Main", "Init", "Pending"}


async def test_a_log_is_loaded(drama: Drama) -> None:
    chat = [
        {"UUID": "1", "InputTag": "系统提示", "Message": "已载入", "Character": "系统提示"},
        {"UUID": "2", "InputTag": "用户输入", "Message": "喂。", "Character": "主人"},
        {"UUID": "3", "InputTag": "模型生成", "Message": "Meow.", "Character": "萨沙"},
    ]
    await drama.post("LoadChat", {"Scenario": SCENARIO, "Chat": chat})
    history = (await drama.get("Refresh"))["History"]
    assert said(history) == [("用户输入", "主人", "喂。"), ("模型生成", "萨沙", "Meow.")]


async def test_the_page_sends_a_message_and_asks_for_a_line_at_once(drama: Drama) -> None:
    await drama.post("NewChat", SCENARIO)
    line = {"InputTag": "用户输入", "Message": "你是谁？", "Character": "主人"}
    sent, drawn = await asyncio.gather(drama.post("NewMessage", line), drama.generate())
    assert len(sent["Lines_Pending"]) == 1
    assert drawn["Reply"]


async def test_what_is_not_understood_is_told(drama: Drama) -> None:
    assert "again" in await drama.refused("GenerateAgain")
    await drama.post("NewChat", SCENARIO)
    assert "萨沙" in await drama.refused("StartGenerate", {"Character": "nobody"})
    assert "ScenarioName" in await drama.refused("NewChat", {"ScenarioName": 5})
    assert "JSON object" in await drama.refused("LoadChat", "text")
    assert (await drama.client.get("/API/Nothing")).status_code == 404


async def test_candidates_outlive_the_process(tmp_path: Path) -> None:
    async with serving(tmp_path) as drama:
        await drama.post("NewChat", SCENARIO)
        drama.engine.enqueue(" One.", " Two.")
        await drama.generate()
        await drama.post("GenerateAgain")
    async with serving(tmp_path) as drama:
        assert (await drama.get("Refresh"))["Pending"] == []
        line = {"InputTag": "模型生成", "Message": "One.", "Character": "萨沙"}
        assert [each["Message"] for each in (await drama.post("NewMessage", line))["Lines_Pending"]] == ["One."]
        assert (await drama.get("Refresh"))["Characters"] == SCENARIO["CharacterData"]


async def test_other_sites_and_strangers_are_kept_out(tmp_path: Path) -> None:
    async with serving(tmp_path, token="secret") as drama:
        assert (await drama.client.get("/API/Refresh")).status_code == 401
        headers = {"Authorization": "Bearer secret"}
        assert (await drama.client.get("/API/Refresh", headers=headers)).status_code == 200
        foreign = headers | {"Origin": "https://example.org"}
        assert (await drama.client.post("/API/NewChat", json=SCENARIO, headers=foreign)).status_code == 403


async def test_pages_of_a_site_that_may_call(tmp_path: Path) -> None:
    async with serving(tmp_path, cors_origins=["http://127.0.0.1:57860"]) as drama:
        headers = {"Origin": "http://127.0.0.1:57860"}
        preflight = headers | {
            "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type",
        }  # fmt: skip
        asked = await drama.client.options("/API/NewChat", headers=preflight)
        assert asked.headers["access-control-allow-origin"] == headers["Origin"]
        told = await drama.client.post("/API/NewChat", json=SCENARIO, headers=headers)
        assert told.json()["Msg"] == DONE


async def test_pictures_lie_beside_the_scenario(drama: Drama) -> None:
    await drama.post("NewChat", SCENARIO)
    folder = drama.folder / "Save" / "猫娘" / "开端"
    (folder / "萨沙.png").write_bytes(b"as it is")
    (drama.folder / "Save" / "secret.png").write_bytes(b"outside")
    found = await drama.client.get("/Save/猫娘/开端/萨沙.png")
    assert (found.status_code, found.content, found.headers["content-type"]) == (200, b"as it is", "image/png")
    for path in ("猫娘/开端/主人.png", "猫娘/开端/场景剧本.json", "猫娘/开端/..%2F..%2Fsecret.png", "猫娘/另/萨沙.png"):
        assert (await drama.client.get(f"/Save/{path}")).status_code == 404


async def test_who_is_shut_out_reads_and_writes_nothing(drama: Drama) -> None:
    await drama.post("NewChat", SCENARIO)
    (picture := drama.folder / "Save" / "猫娘" / "开端" / "萨沙.png").write_bytes(b"as it is")
    await drama.services.access.set_rule(EVERYWHERE, "user", "drama", "block")
    stranger = {"X-Forwarded-For": "203.0.113.5"}
    other = SCENARIO | {"ScenarioName": "另"}
    for method, name in (("POST", "NewChat"), ("GET", "Refresh"), ("GET", "Config?top_p=0.1"), ("GET", "SaveToLog")):
        answer = await drama.client.request(method, f"/API/{name}", json=other, headers=stranger)
        assert (answer.status_code, answer.json()["Data"]) == (403, None)
    assert (await drama.client.get("/Save/猫娘/开端/萨沙.png", headers=stranger)).status_code == 403
    assert {path.name for path in (drama.folder / "Save").rglob("*.*")} == {picture.name, "场景剧本.json"}
    assert (await drama.get("Config"))["top_p"] != 0.1


async def test_what_may_not_begin_writes_no_file(drama: Drama) -> None:
    await drama.services.limits.change(EVERYWHERE, "user_per_minute", 1)
    statuses = {}
    for number in range(FLOOD_FACTOR + 1):
        body = SCENARIO | {"ScenarioName": f"{number}"}
        answer = await drama.client.post("/API/NewChat", json=body, headers={"X-Forwarded-For": "203.0.113.5"})
        statuses[f"{number}"] = answer.status_code
    assert statuses == {f"{number}": 200 for number in range(FLOOD_FACTOR)} | {f"{FLOOD_FACTOR}": 400}
    begun = {path.parent.name for path in (drama.folder / "Save").rglob("*.json")}
    assert begun == {f"{number}" for number in range(FLOOD_FACTOR)}
