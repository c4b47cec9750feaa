"""Errors in the form OpenAI's clients expect: ``{"error": {"message", "type", "param", "code"}}``."""

import json
import logging
import secrets
from collections.abc import Mapping

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.engine.types import EngineError
from bot.errors import Busy, InvalidOption, ModelError, NotFound, Unavailable, UserError
from bot.platforms.web.error_responses import Problem
from bot.platforms.web.event_stream import ServerStopping

log = logging.getLogger(__name__)

TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
RETRY_SECONDS = 2
NOT_JSON = "Send a JSON object, with the header 'Content-Type: application/json'."


class ApiResponse(JSONResponse):
    """JSON that tolerates lone surrogates: texts come from outside, and one must not break the response."""

    def render(self, content: object) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


class ApiError(Exception):
    """A refused request, with a message for the developer of the client."""

    def __init__(self, status: int, code: str, message: str, *, param: str | None = None, retry: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.retry = retry  # seconds until the client may retry; 0: no Retry-After header

    def body(self) -> dict[str, object]:
        """Return the JSON body."""
        kind = TYPES.get(self.status, "invalid_request_error" if self.status < 500 else "server_error")
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}

    def response(self) -> Response:
        """Return the error as an HTTP response."""
        headers = {"Retry-After": str(self.retry)} if self.retry else {}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return ApiResponse(self.body(), self.status, headers=headers)


def bad_request(message: str, param: str | None = None, code: str = "invalid_value") -> ApiError:
    """Return an ApiError (400) for a request that is malformed or asks for something impossible."""
    return ApiError(400, code, message, param=param)


def install(app: FastAPI) -> None:
    """Register handlers that return every error of ``app`` in this form."""

    async def answer(request: Request, error: Exception) -> Response:
        return as_api_error(error).response()

    for kind in (ApiError, Problem, UserError, RequestValidationError, ValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, answer)


def as_api_error(error: Exception) -> ApiError:
    """Convert ``error`` to an ApiError. Unexpected errors are logged under an id, and only the id is disclosed."""
    match error:
        case ApiError():
            return error
        case Problem():
            seconds = int(error.headers.get("Retry-After", 0))
            return ApiError(error.status, error.code, error.message.format(**error.values), retry=seconds)
        case ServerStopping():
            return ApiError(503, "shutting_down", "Roost is being stopped.", retry=RETRY_SECONDS)
        case Busy():
            return ApiError(429, "rate_limit_exceeded", str(error), retry=_wait(error.values))
        case NotFound():
            return ApiError(404, "not_found", str(error))
        case InvalidOption():
            return bad_request(str(error), _named(error.values))
        case ModelError():
            return ApiError(503, "model_not_ready", str(error), retry=RETRY_SECONDS)
        case Unavailable():
            return ApiError(503, "storage_unavailable", str(error), retry=RETRY_SECONDS)
        case UserError():
            return bad_request(str(error))
        case RequestValidationError() | ValidationError():
            return _first_problem(error.errors()[0])
        case HTTPException():
            return _http_error(error)
    return _unexpected(error)


def _unexpected(error: Exception) -> ApiError:
    name = secrets.token_hex(4)
    log.error("API request failed (error %s)", name, exc_info=error)
    told = "The model could not finish" if isinstance(error, EngineError) else "Something went wrong here"
    return ApiError(500, "internal_error", f"{told} (error {name}); the log tells more.")


def _wait(values: Mapping[str, object]) -> int:
    seconds, hours = values.get("seconds"), values.get("hours")
    if isinstance(seconds, int):
        return max(1, seconds)
    return hours * 3600 if isinstance(hours, int) else RETRY_SECONDS


def _named(values: Mapping[str, object]) -> str | None:
    name = values.get("name")
    return name if isinstance(name, str) else None


def _first_problem(item: ErrorDetails) -> ApiError:
    if item["type"] == "json_invalid":
        return bad_request("The body is not valid JSON.", code="invalid_json")
    place = ".".join(str(part) for part in item["loc"] if part != "body")
    if not place:
        return bad_request(NOT_JSON, code="invalid_json")
    return bad_request(f"{place}: {item['msg']}", place)


def _http_error(error: HTTPException) -> ApiError:
    if error.status_code == 404:
        return ApiError(404, "unknown_url", "Page not found.")
    if error.status_code == 405:
        return ApiError(405, "method_not_allowed", "This address does not take that method.")
    return ApiError(error.status_code, "http_error", str(error.detail))
