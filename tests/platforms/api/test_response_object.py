"""The response object before anything is generated."""

from bot.engine.types import SamplingParams
from bot.platforms.api.response_body import ResponseBody
from bot.platforms.api.response_object import begun_response


def test_it_tells_what_was_asked_for() -> None:
    body = ResponseBody.model_validate({
        "input": "a", "metadata": {"a": "b"}, "store": False, "reasoning": {"effort": "low"}, "user": "ann",
        "tools": [{"type": "function", "name": "f"}], "text": {"format": {"type": "json_schema", "schema": {}}},
    })  # fmt: skip
    begun = begun_response(body, "m", SamplingParams(temperature=0.5))
    assert (begun["metadata"], begun["store"], begun["user"], begun["temperature"]) == ({"a": "b"}, False, "ann", 0.5)
    assert begun["tools"] == [
        {"type": "function", "name": "f", "description": None, "parameters": None, "strict": None}
    ]
    assert begun["reasoning"] == {"effort": "low", "summary": None}
    assert "'type': 'json_schema'" in str(begun["text"])
