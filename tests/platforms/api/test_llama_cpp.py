"""The llama.cpp API."""

import json

from tests.platforms.api.conftest import Api


async def test_it_writes(api: Api) -> None:
    api.engine.enqueue(" sat in", " sat in")
    body = {"prompt": "The owl", "n_predict": 9, "repeat_penalty": 1.1, "stop": ["zzz"]}
    found = (await api.post("/completion", body)).json()
    assert (found["content"], found["stop"], found["stop_type"]) == (" sat in", True, "word")
    assert found["tokens_predicted"] == 2
    text = (await api.post("/completion", body | {"stream": True})).text
    events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    assert "".join(event["content"] for event in events) == " sat in"
    assert [event["stop"] for event in events][-2:] == [False, True]


async def test_probabilities_are_asked_for(api: Api) -> None:
    for wanted in (3, 0):
        await api.post("/completion", {"prompt": "The owl", "n_probs": wanted})
    assert [request.scores for request in api.engine.requests] == [3, None]
    assert (await api.post("/completion", {"prompt": "The owl", "n_probs": 21})).status_code == 400


async def test_tokens_and_back(api: Api) -> None:
    tokens = (await api.post("/tokenize", {"content": "an owl"})).json()["tokens"]
    assert (await api.post("/detokenize", {"tokens": tokens})).json() == {"content": "an owl"}
    assert (await api.post("/detokenize", {"tokens": [-1]})).status_code == 400
    assert (await api.http.get("/props")).json()["default_generation_settings"]["n_ctx"] == 65536


async def test_strangers_are_not_served(api: Api) -> None:
    for path in ("/completion", "/tokenize", "/detokenize", "/api/v1/generate", "/v1/internal/encode"):
        assert (await api.post(path, {}, **{"X-Forwarded-For": "203.0.113.5"})).status_code == 401
