"""Limits that apply to every request."""

from pathlib import Path

from tests.platforms.api.conftest import open_api


async def test_a_prompt_has_a_bound(tmp_path: Path) -> None:
    async with open_api(tmp_path, max_prompt_tokens=50) as api:
        answer = await api.post("/v1/completions", {"prompt": "x" * 51})
        assert answer.json()["error"]["code"] == "context_length_exceeded"
        assert not api.engine.requests
        assert (await api.post("/v1/completions", {"prompt": "x" * 50})).status_code == 200


async def test_instructions_are_not_read_beyond_the_bound(tmp_path: Path) -> None:
    async with open_api(tmp_path, max_prompt_tokens=100) as api:
        for instructions, text in (("x" * 101, "a"), ("x" * 60, "a" * 40)):
            answer = await api.post("/v1/responses", {"input": text, "instructions": instructions})
            assert answer.json()["error"]["code"] == "context_length_exceeded"
        assert all(len(request.tokens) <= 100 for request in api.engine.requests)
        assert (await api.post("/v1/responses", {"input": "a", "instructions": "x" * 30})).status_code == 200


async def test_a_body_has_a_bound(tmp_path: Path) -> None:
    async with open_api(tmp_path, max_body_kb=1) as api:
        answer = await api.post("/v1/completions", {"prompt": "x" * 2000})
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "body_too_large"
