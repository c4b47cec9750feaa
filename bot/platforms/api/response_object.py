"""The response object of ``/v1/responses``."""

import secrets
import time
from collections.abc import Mapping

from bot.engine.types import SamplingParams
from bot.platforms.api.api_events import Event
from bot.platforms.api.response_body import ResponseBody

ANSWERED = {"stop": "completed", "length": "incomplete", "tool_calls": "completed"}


def response_id() -> str:
    return f"resp_{secrets.token_hex(16)}"


def begun_response(body: ResponseBody, model: str, sampling: SamplingParams) -> dict[str, object]:
    """Return a response with no output yet, with all the fields that clients expect."""
    effort = body.reasoning.effort if body.reasoning else None
    others = body.others
    return {
        "id": response_id(), "object": "response", "created_at": int(time.time()), "completed_at": None,
        "status": "in_progress", "error": None, "incomplete_details": None, "instructions": body.instructions,
        "max_output_tokens": body.max_output_tokens, "max_tool_calls": None, "model": model, "output": [],
        "parallel_tool_calls": body.parallel_tool_calls is not False,
        "previous_response_id": body.previous_response_id, "reasoning": {"effort": effort, "summary": None},
        "store": body.keeps, "temperature": sampling.temperature, "top_p": sampling.top_p,
        "presence_penalty": sampling.presence_penalty, "frequency_penalty": sampling.frequency_penalty,
        "top_logprobs": body.top_logprobs or 0, "text": _text_form(body), "tool_choice": body.tool_choice or "auto",
        "tools": [_tool(tool) for tool in body.tools or ()], "truncation": "disabled", "usage": None,
        "background": False, "service_tier": "default", "metadata": body.metadata or {},
        "user": _text(others.get("user")), "safety_identifier": _text(others.get("safety_identifier")),
        "prompt_cache_key": _text(others.get("prompt_cache_key")),
    }  # fmt: skip


def _text_form(body: ResponseBody) -> Event:
    form = body.text.format if body.text and body.text.format else {"type": "text"}
    if form.get("type") == "json_schema":
        form = {"description": None, "strict": None, "name": "answer", **form}
    verbosity = body.text.verbosity if body.text else None
    return {"format": form, "verbosity": verbosity or "medium"}


def _tool(tool: Mapping[str, object]) -> Event:
    known = {"description": None, "parameters": None, "strict": None}
    given = tool.get("function")
    return {"type": "function", **known, **(given if isinstance(given, dict) else tool)}


def _text(value: object) -> str | None:
    return value[:512] if isinstance(value, str) else None
