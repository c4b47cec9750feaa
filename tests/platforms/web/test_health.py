"""Health checks."""

import pytest

from tests.platforms.web.conftest import Web
from tests.platforms.web.fakes import FakeValues


async def test_the_program_runs_and_the_model_answers(web: Web) -> None:
    assert (await web.client.get("/healthz")).json() == {"status": "ok"}
    ready = await web.client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert (await web.client.head("/readyz")).status_code == 200


async def test_a_model_that_is_not_there_yet(web: Web) -> None:
    web.state = "loading"
    loading = await web.client.get("/readyz")
    assert (loading.status_code, loading.json()["status"]) == (503, "loading")
    assert loading.headers["Retry-After"]
    assert (await web.client.get("/healthz")).status_code == 200


async def test_a_database_that_does_not_answer(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async def get(*_: object) -> object:
        raise OSError("no connection")

    monkeypatch.setattr(FakeValues, "get", get)
    answer = await web.client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "no database")
