"""Errors are sent as JSON in the reader's language; of unexpected ones only the id is sent."""

import json
import logging

import pytest
from starlette.exceptions import HTTPException

from bot.errors import Busy
from bot.platforms.web.error_responses import Problem, as_problem, problem_response
from bot.store.database_errors import FULL, StoreError


def body(problem: Problem, language: str = "en") -> dict[str, object]:
    found: dict[str, object] = json.loads(bytes(problem_response(problem, language).body))["error"]
    return found


def test_a_problem_names_status_code_and_words() -> None:
    problem = Problem(413, "message_too_long", "The message is too long: {length} characters.", length=9)
    assert body(problem) == {
        "status": 413, "code": "message_too_long", "message": "The message is too long: 9 characters.",
    }  # fmt: skip
    assert body(Problem(404, "not_found", "Page not found."), "ja")["message"] != "Page not found."


def test_a_users_error_keeps_its_words() -> None:
    problem = as_problem(Busy("One at a time, please: {count} answers are still being written for you.", count=3))
    assert (problem.status, problem.code) == (400, "Busy")
    assert "3 answers" in str(body(problem)["message"])


def test_storage_that_fails_is_no_fault_of_the_request() -> None:
    problem = as_problem(StoreError(FULL))
    assert (problem.status, body(problem)["message"]) == (503, FULL)


def test_an_accident_tells_nobody_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        told = body(as_problem(RuntimeError("the password is owl")))
    assert told["status"] == 500
    assert "owl" not in str(told)
    assert "owl" in caplog.text
    assert str(told["message"]).partition("error ")[2][:8] in caplog.text


def test_a_method_that_is_not_accepted_names_those_that_are() -> None:
    problem = as_problem(HTTPException(405, headers={"Allow": "GET, HEAD"}))
    assert problem.headers["Allow"] == "GET, HEAD"
    assert "GET, HEAD" in str(body(problem)["message"])
    assert body(as_problem(HTTPException(418, "teapot"))) == {"status": 418, "code": "http_error", "message": "teapot"}


def test_braces_in_a_reason_are_no_template() -> None:
    assert body(as_problem(HTTPException(400, "{name}")))["message"] == "{name}"
