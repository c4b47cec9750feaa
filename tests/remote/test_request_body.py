"""A bot's request is validated on arrival, and no part of it is lost."""

import json
from dataclasses import fields

import pytest
from pydantic import ValidationError

from bot.engine.types import Request, SamplingParams
from bot.remote.request_body import MAX_TOKENS, RequestBody, encode_request

PLAIN = {"tokens": [1, 2], "sampling": {}}


def test_every_field_of_a_request_travels() -> None:
    local = {"direct"}  # a function of the caller; engines may ignore it
    assert set(RequestBody.model_fields) == {field.name for field in fields(Request)} - local
    sent = json.loads(encode_request(Request(tokens=(1,), sampling=SamplingParams(top_p=0.5)), "d1", None))
    assert set(sent) == set(RequestBody.model_fields)
    assert set(sent["sampling"]) == {field.name for field in fields(SamplingParams)}
    assert (sent["state"], sent["sampling"]["top_p"]) == ("d1", 0.5)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"tokens": "x"}, "tokens"),
        ({"tokens": [-1]}, "tokens"),
        ({"tokens": [1.5]}, "tokens"),
        ({"tokens": [1] * (MAX_TOKENS + 1)}, "tokens"),
        ({"state": "../../etc/passwd"}, "state"),
        ({"state": "a" * 200}, "state"),
        ({"n": 0}, "n"),
        ({"n": 10_000}, "n"),
        ({"stop": ["x"] * 65}, "stop"),
        ({"scores": 21}, "scores"),
        ({"timeout": -1}, "timeout"),
        ({"channel": "c" * 1000}, "channel"),
        ({"service": "root"}, "service"),
        ({"sampling": {"temperature": "hot"}}, "sampling"),
        ({"grammar": {"kind": "perl", "text": ""}}, "grammar"),
        ({"guidance": {"tokens": [1], "factor": 1, "state": "A B"}}, "guidance"),
        ({"unheard_of": 1}, "unheard_of"),
    ],
)
def test_what_is_wrong_is_refused_and_named(change: dict[str, object], place: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RequestBody.model_validate_json(json.dumps(PLAIN | change))
    assert caught.value.errors()[0]["loc"][0] == place


@pytest.mark.parametrize("text", ["", "null", "[]", "{", "[" * 100_000, '{"tokens": [1], "sampling": {}} x'])
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        RequestBody.model_validate_json(text)
