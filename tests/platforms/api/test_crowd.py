"""Many concurrent clients, some of which disconnect midway."""

import asyncio
import gc
import json
import random
from pathlib import Path

import httpx
import psutil
import pytest

from bot.engine.serving.loader import build_engine
from bot.engine.settings import EngineSettings
from bot.paths import data_file
from tests.platforms.api.conftest import Api, open_api
from tests.waiting import PATIENCE, until

CLIENTS = 200
DEMO = data_file("models") / "demo" / "demo.pth"
GROWTH = 24 << 20  # bytes that the last rounds may need beyond the second


async def ask(api: Api, number: int, leaves: bool) -> str | None:
    """Return client ``number``'s answer, or None if it disconnects after the first chunk."""
    body = {"prompt": f"client {number}:", "stream": True, "seed": number, "max_tokens": 30}
    async with api.http.stream("POST", "/v1/completions", json=body) as answer:
        assert answer.status_code == 200
        lines = []
        async for line in answer.aiter_lines():
            if leaves and line:
                return None
            lines.append(line)
    assert lines[-2] == "data: [DONE]"
    return "\n".join(line for line in lines if '"text":' in line)


async def test_nobody_hangs_and_nobody_gets_anothers_text(tmp_path: Path) -> None:
    choice = random.Random(4)
    async with open_api(tmp_path, at_once=0) as api:
        api.http = httpx.AsyncClient(
            base_url=api.http.base_url, timeout=PATIENCE, limits=httpx.Limits(max_connections=100)
        )  # the others wait for a connection
        leaving = {number for number in range(CLIENTS) if choice.random() < 0.05}
        answers = await asyncio.gather(*(ask(api, number, number in leaving) for number in range(CLIENTS)))
        await until(lambda: not api.engine.status().rows_running)
        for number, answer in enumerate(answers):
            assert (answer is None) == (number in leaving)
        written = {number: texts(answer) for number, answer in enumerate(answers) if answer is not None}
        for number in list(written)[::20]:
            alone = await api.post("/v1/completions", {"prompt": f"client {number}:", "seed": number, "max_tokens": 30})
            assert alone.json()["choices"][0]["text"] == written[number]
        assert len(api.completions.texts) <= CLIENTS + 10
        await api.http.aclose()


@pytest.mark.slow
async def test_the_demo_model_serves_a_crowd_again_and_again(tmp_path: Path) -> None:
    """No client hangs or gets another's text, and later rounds use no more memory than the first ones."""
    engine = build_engine(EngineSettings(model=DEMO, rows=32, queue_limit=512))
    await engine.start()
    choice, sizes = random.Random(5), []
    alone: dict[int, str | None] = {}
    async with open_api(tmp_path, engine, at_once=0, max_tokens=64) as api:
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(base_url=api.http.base_url, timeout=PATIENCE * 10, limits=limits) as api.http:
            for number in range(0, CLIENTS, 20):
                alone[number] = await ask(api, number, False)
            for _ in range(4):
                leaving = {number for number in range(CLIENTS) if choice.random() < 0.05}
                answers = await asyncio.gather(*(ask(api, number, number in leaving) for number in range(CLIENTS)))
                await until(lambda: not engine.status().rows_running)
                for number, answer in enumerate(answers):
                    assert (answer is None) == (number in leaving)
                for number, text in alone.items():
                    if text is not None and answers[number] is not None:
                        assert begins_alike(texts(text), texts(answers[number] or ""))
                gc.collect()
                sizes.append(psutil.Process().memory_info().rss)
    await engine.close()
    assert sizes[-1] - sizes[1] < GROWTH, sizes


def begins_alike(one: str, other: str) -> bool:
    """Whether two replies to the same prompt and seed share their first words, whatever else was in the batch."""
    return one[:8] == other[:8]


def texts(lines: str) -> str:
    """Join the text of a stream's events."""
    return "".join(json.loads(line[6:])["choices"][0]["text"] for line in lines.splitlines())
