"""text-generation-webui's additions to the OpenAI API."""

import asyncio

from tests.platforms.api.conftest import Api
from tests.waiting import until


async def test_tokens_and_the_model(api: Api) -> None:
    assert (await api.http.get("/v1/internal/model/info")).json()["model_name"] == "fake"
    found = (await api.post("/v1/internal/encode", {"text": "an owl"})).json()
    assert found["length"] == len(found["tokens"])
    assert (await api.post("/v1/internal/decode", {"tokens": found["tokens"]})).json() == {"text": "an owl"}
    assert (await api.post("/v1/internal/token-count", {"text": "an owl"})).json() == {"length": found["length"]}


async def test_stopping_ends_all_that_the_caller_has_asked_for(api: Api) -> None:
    api.engine.held = True
    asking = asyncio.ensure_future(api.post("/v1/completions", {"prompt": "The owl"}))
    await until(lambda: api.engine.status().rows_running)
    await api.post("/v1/internal/stop-generation", {})
    assert (await asking).status_code == 200
