"""Input items of a response."""

from collections.abc import Mapping

import pytest

from bot.platforms.api.api_errors import ApiError
from bot.platforms.api.response_items import Item, read_items


def items(*given: Mapping[str, object]) -> list[Item]:
    return [Item.model_validate(each) for each in given]


def test_calls_that_stand_side_by_side_are_one_message() -> None:
    call = {"type": "function_call", "name": "f", "arguments": '{"a": 1}', "call_id": "1"}
    found = read_items(items(
        {"role": "user", "content": "warm?"}, {"type": "reasoning", "summary": []}, call, call,
        {"type": "function_call_output", "call_id": "1", "output": [{"type": "input_text", "text": "9"}]}, call,
    ))  # fmt: skip
    one = '{"name":"f","arguments":{"a":1}}'
    assert [(message.role, message.text) for message in found] == [
        ("user", "warm?"), ("assistant", f"[{one},{one}]"), ("tool", "9"), ("assistant", f"[{one}]"),
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", [{"type": "computer_call"}, {"role": "owl"}, {"type": "message"}])
def test_what_cannot_be_read_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(ApiError) as refused:
        read_items(items({"role": "user", "content": "hello"}, wrong))
    assert str(refused.value.param).startswith("input[1].")


def test_ids_are_kept_or_made() -> None:
    given, made = [item.listed() for item in items({"role": "user", "id": "msg_1"}, {"type": "reasoning"})]
    assert given["id"] == "msg_1"
    assert str(made["id"]).startswith("rs_")
