"""Errors as JSON: ``{"error": {"status": 413, "code": "body_too_large", "message": "..."}}``."""

import logging
import secrets
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.errors import NotAllowed, Unavailable, UserError
from bot.i18n import translate
from bot.platforms.web.browser_language import language_of

log = logging.getLogger(__name__)


class Problem(Exception):  # noqa: N818  # RFC 9457's word; most of them are not this program's errors
    """A refused request: the HTTP status, a code for programs, and a translatable message for people."""

    def __init__(self, status: int, code: str, message: str, /, **values: object) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.values = values
        self.headers: dict[str, str] = {}


def problem_response(problem: Problem, language: str) -> Response:
    """Return ``problem`` as JSON with its message in ``language``."""
    text = translate(problem.message, language, **problem.values)
    body = {"error": {"status": problem.status, "code": problem.code, "message": text}}
    return JSONResponse(body, problem.status, headers=problem.headers)


def install(app: FastAPI, default_language: str) -> None:
    """Register handlers that return every error of ``app`` as JSON."""

    async def answer(request: Request, error: Exception) -> Response:
        return problem_response(as_problem(error), language_of(request.headers, default_language))

    for kind in (Problem, UserError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, answer)


def as_problem(error: Exception) -> Problem:
    """Convert ``error`` to a Problem. Unexpected errors are logged under an id, and only the id is disclosed."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, NotAllowed):
        return Problem(403, "not_allowed", error.message, **error.values)
    if isinstance(error, UserError):
        status = 503 if isinstance(error, Unavailable) else 400
        return Problem(status, type(error).__name__, error.message, **error.values)
    if isinstance(error, RequestValidationError):
        return Problem(400, "invalid_request", "The request was not understood: {details}", details=_details(error))
    if isinstance(error, HTTPException):
        return _http_problem(error)
    name = secrets.token_hex(4)
    log.error("web request failed (error %s)", name, exc_info=error)
    return Problem(500, "internal_error", "Something went wrong here (error {id}); see the log for details.", id=name)


def _http_problem(error: HTTPException) -> Problem:
    if error.status_code == 404:
        return Problem(404, "not_found", "Page not found.")
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        problem = Problem(
            405,
            "method_not_allowed",
            "This address does not accept that method; it accepts {methods}.",
            methods=allowed,
        )
        problem.headers = dict(error.headers or {})
        return problem
    return Problem(error.status_code, "http_error", "{reason}", reason=error.detail)


def _details(error: RequestValidationError) -> str:
    return "; ".join(_detail(item) for item in error.errors()[:3])


def _detail(item: dict[str, Any]) -> str:
    if item["type"] == "json_invalid":
        return f"no valid JSON ({item.get('ctx', {}).get('error', 'syntax error')})"
    place = ".".join(str(part) for part in item["loc"] if part != "body")
    return f"{place}: {item['msg']}" if place else str(item["msg"])
