"""Many clients at once, some of which leave in the middle."""

import asyncio
import json
import random
from pathlib import Path

import httpx

from tests.platforms.api.conftest import Api, open_api
from tests.waiting import PATIENCE, until

CLIENTS = 200


async def ask(api: Api, number: int, leaves: bool) -> str | None:
    """What client ``number`` is answered; None where it leaves after the first piece."""
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
        )  # the rest of them wait for a connection
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


def texts(lines: str) -> str:
    """The text of a stream's events."""
    return "".join(json.loads(line[6:])["choices"][0]["text"] for line in lines.splitlines())
