"""Responses API request bodies."""

import pytest

from bot.platforms.api.api_errors import ApiError
from bot.platforms.api.response_body import ResponseBody

TOOL = {"type": "function", "name": "f", "parameters": {"type": "object"}}


def body(**fields: object) -> ResponseBody:
    return ResponseBody.model_validate(fields)


def test_tools_and_forms_in_the_names_of_responses() -> None:
    tools = body(tools=[TOOL], tool_choice={"type": "function", "name": "f"}).called_tools()
    assert tools is not None
    assert (tools.must, tools.most) == (True, 1)
    form = {"type": "json_schema", "name": "x", "schema": {"type": "object"}, "strict": True}
    grammar = body(text={"format": form}).grammar()
    assert grammar is not None
    assert grammar.text == '{"type": "object"}'
    assert body(text={"format": {"type": "text"}}).grammar() is None
    with pytest.raises(ApiError):
        body(tools=[TOOL], tool_choice={"type": "function", "name": "owl"}).called_tools()


def test_scores_only_where_they_are_asked_for() -> None:
    assert body().scores is None
    assert body(include=["message.output_text.logprobs"]).scores == 0
    assert body(top_logprobs=3).scores == 3


def test_it_is_kept_unless_it_says_otherwise() -> None:
    assert (body().keeps, body(store=None).keeps, body(store=False).keeps) == (True, True, False)
