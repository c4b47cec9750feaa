"""Errors in the format that OpenAI's clients expect."""

import pytest

from bot.engine.types import EngineError
from bot.errors import Busy, InvalidOption, ModelError, NotFound
from bot.platforms.api.api_errors import as_api_error
from bot.platforms.web.error_responses import Problem
from bot.store.database_errors import BUSY, StoreError
from tests.platforms.api.conftest import Api


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (Busy("Wait {seconds} s.", seconds=7), 429, "rate_limit_error"),
        (NotFound("no"), 404, "not_found_error"),
        (InvalidOption("{name} is wrong", name="top_p"), 400, "invalid_request_error"),
        (ModelError("not loaded"), 503, "server_error"),
        (StoreError(BUSY), 503, "server_error"),
        (Problem(413, "body_too_large", "at most {limit}", limit=3), 413, "invalid_request_error"),
        (EngineError("boom"), 500, "server_error"),
    ],
)
def test_every_error_has_its_status_and_form(error: Exception, status: int, kind: str) -> None:
    found = as_api_error(error)
    assert found.status == status
    body = found.body()["error"]
    assert isinstance(body, dict)
    assert body.keys() == {"message", "type", "param", "code"}
    assert body["type"] == kind


def test_who_has_to_wait_hears_how_long() -> None:
    assert as_api_error(Busy("Wait {seconds} s.", seconds=7)).response().headers["retry-after"] == "7"
    assert as_api_error(Busy("Wait {hours} h.", hours=2)).response().headers["retry-after"] == "7200"
    assert as_api_error(InvalidOption("{name}", name="top_p")).param == "top_p"


@pytest.mark.parametrize("content", ["", '{"messages": [{"role": "user", "content": "x"}]}', "[]"])
async def test_a_body_that_is_not_sent_as_json_hears_what_to_send(api: Api, content: str) -> None:
    sent = await api.http.post("/v1/chat/completions", content=content, headers={"Content-Type": "text/plain"})
    assert sent.status_code == 400
    assert "Content-Type: application/json" in sent.json()["error"]["message"]


def test_accidents_tell_only_an_id(caplog: pytest.LogCaptureFixture) -> None:
    found = as_api_error(RuntimeError("a secret"))
    assert found.status == 500
    assert "secret" not in found.message
    assert "a secret" in caplog.text
