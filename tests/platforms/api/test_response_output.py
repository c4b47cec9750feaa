"""Output items and their events."""

from bot.platforms.api.call_reader import CallPiece
from bot.platforms.api.reply_parts import Parts
from bot.platforms.api.response_output import Output


def test_each_kind_is_an_item_of_its_own() -> None:
    output = Output()
    events = [
        *output.take(Parts(reasoning="hm"), ()), *output.take(Parts(reasoning="m", answer="yes"), ()),
        *output.end("completed"),
    ]  # fmt: skip
    assert [item["type"] for item in output.items()] == ["reasoning", "message"]
    assert [str(event["type"]).removeprefix("response.") for event in events] == [
        "output_item.added", "reasoning_text.delta", "reasoning_text.delta", "reasoning_text.done", "output_item.done",
        "output_item.added", "content_part.added", "output_text.delta", "output_text.done", "content_part.done",
        "output_item.done",
    ]  # fmt: skip
    assert [event["output_index"] for event in events] == [0] * 5 + [1] * 6


def test_calls_side_by_side_and_one_that_is_cut() -> None:
    output = Output()
    pieces = [
        CallPiece(0, name="f"), CallPiece(0, arguments="{}", done=True), CallPiece(1, name="g"),
        CallPiece(1, arguments='{"a'),
    ]  # fmt: skip
    events = [*output.take(Parts(calls=tuple(pieces)), ()), *output.end("incomplete")]
    assert [(item["name"], item["arguments"], item["status"]) for item in output.items()] == [
        ("f", "{}", "completed"), ("g", '{"a', "incomplete"),
    ]  # fmt: skip
    done = [event for event in events if event["type"] == "response.function_call_arguments.done"]
    assert [event["arguments"] for event in done] == ["{}", '{"a']


def test_an_answer_of_nothing_is_an_empty_message() -> None:
    output = Output()
    assert len(list(output.end("completed"))) == 5
    (item,) = output.items()
    assert item["type"] == "message"
