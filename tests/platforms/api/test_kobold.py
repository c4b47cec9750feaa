"""The KoboldCpp API."""

import asyncio

from tests.platforms.api.conftest import Api
from tests.waiting import until


async def test_it_looks_like_koboldcpp(api: Api) -> None:
    assert (await api.http.get("/api/v1/info/version")).json() == {"result": "1.2.5"}
    assert (await api.http.get("/api/extra/version")).json()["result"] == "KoboldCpp"
    assert (await api.http.get("/api/v1/model")).json() == {"result": "koboldcpp/fake"}
    assert (await api.http.get("/api/extra/true_max_context_length")).json() == {"value": 65536}
    counted = (await api.post("/api/extra/tokencount", {"prompt": "an owl"})).json()
    assert counted["value"] == len(counted["ids"]) == len(api.engine.coder.encode("an owl"))


async def test_it_writes(api: Api) -> None:
    api.engine.enqueue(" sat in a tree")
    body = {"prompt": "The owl", "max_length": 50, "rep_pen": 1.1, "stop_sequence": ["zzz"], "sampler_seed": 5}
    (result,) = (await api.post("/api/v1/generate", body)).json()["results"]
    assert (result["text"], result["finish_reason"]) == (" sat in a tree", "stop")
    request = api.engine.requests[-1]
    assert (request.stop, request.sampling.repetition_penalty, request.sampling.seed) == (("zzz",), 1.1, 5)


async def test_it_streams(api: Api) -> None:
    api.engine.enqueue(" sat in")
    text = (await api.post("/api/extra/generate/stream", {"prompt": "The owl"})).text
    assert text.startswith('event: message\ndata: {"token":" sat","finish_reason":null}\n\n')
    assert '"finish_reason":"stop"' in text


async def test_only_ones_own_generation_is_aborted(api: Api) -> None:
    api.engine.held = True
    asking = asyncio.ensure_future(api.post("/api/v1/generate", {"prompt": "The owl", "genkey": "KCPP1"}))
    await until(lambda: api.engine.status().rows_running)
    secret = await api.keys.add("other")
    other = await api.post("/api/extra/abort", {"genkey": "KCPP1"}, Authorization=f"Bearer {secret}")
    assert other.json()["success"] == "false"
    assert (await api.post("/api/extra/abort", {"genkey": "KCPP1"})).json()["success"] == "true"
    (result,) = (await asking).json()["results"]
    assert result["text"]
