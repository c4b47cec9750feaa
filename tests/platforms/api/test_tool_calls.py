"""Function calls, on a toy model whose meaningless output still forms valid calls."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.engine.sampling.grammars import Grammars
from bot.engine.sampling.token_masks import vocabulary_of
from bot.engine.serving.loader import assemble
from bot.engine.serving.worker import EngineWorker
from bot.platforms.api.api_errors import ApiError
from bot.platforms.api.tool_calls import MAX_CALLS, Tool, read_tools, written_calls
from tests.engine.toys import ByteCoder, ToyModel, settings
from tests.platforms.api.conftest import Api, open_api

MESSAGES = [{"role": "user", "content": "how warm is it?"}]
PARAMETERS = {
    "type": "object", "properties": {"city": {"enum": ["Bern", "Oslo"]}}, "required": ["city"],
    "additionalProperties": False,
}  # fmt: skip
TOOLS: list[Any] = [
    {"type": "function", "function": {"name": "weather", "description": "Tells it.", "parameters": PARAMETERS}},
    {"type": "function", "function": {"name": "time"}},
]
NAMED = {"type": "function", "function": {"name": "weather"}}


@pytest.fixture
async def toy(tmp_path: Path) -> AsyncIterator[Api]:
    engine = EngineWorker(lambda: assemble(ToyModel(), ByteCoder(), settings()), rows=4, queue_limit=8)
    await engine.start()
    async with open_api(tmp_path, engine) as running:
        yield running
    await engine.close()


async def test_a_named_function_is_called(toy: Api) -> None:
    for seed in range(4):
        body = {"messages": MESSAGES, "tools": TOOLS, "tool_choice": NAMED, "seed": seed}
        answer = (await toy.post("/v1/chat/completions", body)).json()
        (choice,) = answer["choices"]
        assert choice["finish_reason"] == "tool_calls"
        (call,) = choice["message"]["tool_calls"]
        assert call["function"]["name"] == "weather"
        assert json.loads(call["function"]["arguments"])["city"] in ("Bern", "Oslo")
        assert choice["message"]["content"] is None


async def test_streams_bring_the_call_in_pieces(toy: Api) -> None:
    stream = await toy.client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "hello"}], tools=TOOLS, tool_choice="required", stream=True,
        parallel_tool_calls=False, seed=3, max_tokens=400, extra_body={"banned_tokens": []},
    )  # fmt: skip
    name, arguments, finish, pieces = "", "", None, 0
    async for chunk in stream:
        finish = chunk.choices[0].finish_reason or finish
        for call in chunk.choices[0].delta.tool_calls or []:
            assert call.function is not None
            name += call.function.name or ""
            arguments += call.function.arguments or ""
            pieces += 1
    assert name in ("weather", "time")
    assert pieces > 1, "the name first; how many pieces the arguments make depends on the reader"
    if finish == "tool_calls":  # a call of a function without a schema may exceed max_tokens
        json.loads(arguments)
    else:
        assert finish == "length"


async def test_what_was_called_and_came_back_is_read(api: Api) -> None:
    messages = [
        *MESSAGES,
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "1", "content": "9 degrees"},
    ]  # fmt: skip
    api.engine.enqueue(" It is warm.")
    answer = await api.post("/v1/chat/completions", {"messages": messages, "tools": TOOLS})
    assert answer.json()["choices"][0]["message"]["content"] == "It is warm."
    read = api.engine.coder.decode(api.engine.requests[-1].tokens)
    assert "weather: Tells it." in read
    assert read.endswith("\n\nTool: 9 degrees\n\nAssistant:")


@pytest.mark.parametrize(
    "more",
    [
        {"tool_choice": "perhaps"}, {"tool_choice": {"type": "function", "function": {"name": "owl"}}},
        {"tools": [{"type": "function", "function": {"name": "a b"}}]}, {"tools": TOOLS * 65},
    ],
)  # fmt: skip
async def test_wrong_tools_are_refused(api: Api, more: dict[str, object]) -> None:
    answer = await api.post("/v1/chat/completions", {"messages": MESSAGES, "tools": TOOLS} | more)
    assert answer.status_code == 400, answer.text


def test_past_calls_are_read_as_they_were_written() -> None:
    assert written_calls([("f", '{"a": [1, "ü"]}'), ("g", "no JSON")]) == (
        '[{"name":"f","arguments":{"a":[1,"ü"]}},{"name":"g","arguments":"no JSON"}]'
    )


NESTED = {
    "$defs": {
        "Place": {
            "type": "object", "properties": {"id": {"enum": [7]}}, "required": ["id"], "additionalProperties": False,
        },
    },
    "type": "object", "properties": {"place": {"$ref": "#/$defs/Place"}}, "required": ["place"],
    "additionalProperties": False,
}  # fmt: skip


async def test_parameters_may_refer_to_their_own_definitions(toy: Api) -> None:
    """As pydantic's nested models do."""
    tools = [*TOOLS, {"type": "function", "function": {"name": "go", "parameters": NESTED}}]
    named = {"type": "function", "function": {"name": "go"}}
    for body in ({"tools": tools, "tool_choice": named}, {"tools": tools[2:], "tool_choice": "any"}):
        answer = (await toy.post("/v1/chat/completions", {"messages": MESSAGES, **body})).json()
        call = answer["choices"][0]["message"]["tool_calls"][0]
        assert json.loads(call["function"]["arguments"]) == {"place": {"id": 7}}


def accepts(tools: list[Any], *calls: str, parallel: bool = True) -> bool:
    """Return whether the grammar for ``tools`` lets an answer consist of ``calls``."""
    found = read_tools([Tool.model_validate(tool) for tool in tools], "required", parallel=parallel)
    assert found is not None
    coder = ByteCoder()
    matcher = Grammars(coder, vocabulary_of(coder, coder.vocab_size)).matcher(found.grammar())
    tokens = coder.encode(f"[{','.join(calls)}]")
    return bool(matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting())


def tool(name: str, parameters: object, **more: object) -> dict[str, object]:
    return {"type": "function", "function": {"name": name, "parameters": parameters, **more}}


PLACE = {"type": "object", "properties": {"id": {"enum": [7]}}, "required": ["id"]}


@pytest.mark.parametrize(
    "parameters",
    [
        {"type": "object", "properties": {"at": {"$ref": "#/$defs/P"}}, "required": ["at"], "$defs": {"P": PLACE}},
        {"properties": {"at": {"$ref": "#p"}}, "required": ["at"], "$defs": {"P": {"$anchor": "p", **PLACE}}},
        {
            "$id": "https://example.org/list", "type": "object", "properties": {"at": {"$ref": "#/$defs/P"}},
            "required": ["at"], "$defs": {"P": PLACE},
        },
    ],
)  # fmt: skip
def test_references_are_within_the_parameters(parameters: dict[str, object]) -> None:
    tools = [*TOOLS, tool("go", parameters)]
    assert accepts(tools, '{"name":"go","arguments":{"at":{"id":7}}}')
    assert not accepts(tools, '{"name":"go","arguments":{"at":{"id":8}}}')


def test_parameters_may_refer_to_themselves() -> None:
    tools = [tool("go", {"type": "object", "properties": {"next": {"$ref": "#"}}})]
    assert accepts(tools, '{"name":"go","arguments":{"next":{"next":{}}}}')
    assert not accepts(tools, '{"name":"go","arguments":{"next":{"next":7}}}')


def test_several_calls_are_possible_unless_they_are_refused() -> None:
    call = '{"name":"weather","arguments":{"city":"Bern"}}'
    for count in range(MAX_CALLS + 2):
        assert accepts(TOOLS, *[call] * count) == (1 <= count <= MAX_CALLS)
        assert accepts(TOOLS, *[call] * count, parallel=False) == (count == 1)


async def test_each_function_is_as_strict_as_it_says(toy: Api) -> None:
    """A strict one is not made lenient by one beside it that is not, nor the other way round."""
    odd = {"type": "object", "properties": {"a": {"type": "array", "uniqueItems": True}}}
    lenient, strict = tool("easy", odd), tool("exact", PARAMETERS, strict=True)
    assert accepts([lenient, strict], '{"name":"easy","arguments":{"a":[]}}')
    for tools in ([lenient, tool("exact", odd, strict=True)], [tool("exact", odd, strict=True), strict]):
        answer = await toy.post("/v1/chat/completions", {"messages": MESSAGES, "tools": tools})
        assert answer.status_code == 400, answer.text
        assert "uniqueItems" in answer.json()["error"]["message"]


async def test_parameters_that_refer_to_nothing_or_have_no_bottom_are_refused(toy: Api) -> None:
    for parameters in ({"$ref": "#/$defs/None"}, json.loads('{"a":' * 900 + "1" + "}" * 900)):
        tools = [{"type": "function", "function": {"name": "go", "parameters": parameters}}]
        answer = await toy.post("/v1/chat/completions", {"messages": MESSAGES, "tools": tools})
        assert answer.status_code == 400, answer.text


def test_the_functions_that_may_be_called_are_chosen() -> None:
    tools = [Tool.model_validate(tool) for tool in TOOLS]

    def chosen(choice: object) -> tuple[list[str], bool]:
        found = read_tools(tools, choice, parallel=True)
        assert found is not None
        return [function.name for function in found.functions], found.must

    one = {"type": "function", "function": {"name": "time"}}
    assert chosen({"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [one]}}) == (["time"], True)
    listed = [{"type": "function", "name": name} for name in ("time", "weather")]
    assert chosen({"type": "allowed_tools", "mode": "auto", "tools": listed}) == (["weather", "time"], False)
    assert chosen("any") == (["weather", "time"], True)
    with pytest.raises(ApiError, match="no function"):
        chosen({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "none"}]})
    with pytest.raises(ValidationError):
        chosen({"type": "allowed_tools", "mode": "auto", "tools": []})


def test_past_calls_may_have_parsed_arguments() -> None:
    assert written_calls([("a", {"x": 1}), ("b", '{"x":1}')]) == (
        '[{"name":"a","arguments":{"x":1}},{"name":"b","arguments":{"x":1}}]'
    )
