"""Function calling: the prompt that describes the functions, the grammar for answers, and the calls made.

An answer is either text or a JSON list of ``{"name", "arguments"}``; the grammar permits nothing else.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.engine.types import Grammar
from bot.platforms.api.api_errors import bad_request
from bot.platforms.api.call_reader import CallPiece
from bot.platforms.api.grammar_fields import LENIENT
from bot.platforms.api.json_schema import closed

MAX_TOOLS = 128
MAX_CALLS = 8  # per answer


class Function(BaseModel):
    """What a client describes."""

    model_config = ConfigDict(extra="ignore")
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    description: str | None = None
    parameters: dict[str, object] | None = None
    strict: bool | None = None


class Tool(BaseModel):
    """One of the tools."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["function"]
    function: Function


class FunctionName(BaseModel):
    """The name of a function."""

    name: str


class Choice(BaseModel):
    """The function that has to be called."""

    type: Literal["function"]
    function: FunctionName


class Allowed(BaseModel):
    """The functions that may be called, or one of which has to be."""

    class Named(BaseModel):
        """One of them, in the format of chat completions or of responses."""

        type: Literal["function"]
        function: FunctionName | None = None
        name: str = ""

    mode: Literal["auto", "required"] = "auto"
    tools: Annotated[list[Named], Field(min_length=1, max_length=MAX_TOOLS)]


@dataclass(frozen=True, slots=True)
class Tools:
    """The functions of a request. ``must``: at least one has to be called; ``most``: maximum number of calls."""

    functions: tuple[Function, ...]
    must: bool
    most: int

    def prompt_text(self) -> str:
        """Return the description that the model reads."""
        lines = [
            f"{function.name}: {function.description or 'no description'} "
            f"Arguments: {json.dumps(function.parameters or {}, ensure_ascii=False)}"
            for function in self.functions
        ]
        manner = "Answer" if self.must else "To call functions, answer"
        form = '[{"name": "NAME", "arguments": {}}]'
        return "\n".join(["You can call these functions:", *lines, f"{manner} with {form} and nothing else."])

    def grammar(self) -> Grammar:
        """Return the grammar for the answer."""
        rules = [
            'start: " "? calls' if self.must else 'start: TEXT | " "? calls',
            *([] if self.must else ["TEXT: /[ ]?[^ \\[](.|\\n)*/"]),
            'calls: "[" call' + (f' ("," call){{0,{self.most - 1}}}' if self.most > 1 else "") + ' "]"',
            "call: " + " | ".join(f"call_{place}" for place in range(len(self.functions))),
            *(_rule(f"call_{place}", function) for place, function in enumerate(self.functions)),
        ]
        return Grammar("ebnf", "\n".join(rules) + "\n")


def _rule(name: str, function: Function) -> str:
    """Return the grammar's rule ``name`` for a call. What a schema refers to is within it."""
    guidance = {"whitespace_flexible": False} | ({} if function.strict else LENIENT)
    arguments = {**closed(function.parameters or {"type": "object"}), "x-guidance": guidance}
    head = json.dumps(f'{{"name":"{function.name}","arguments":')
    return f'{name}: {head} %json {json.dumps(arguments)} "}}"'


def read_tools(tools: list[Tool], choice: object, *, parallel: bool) -> Tools | None:
    """Return the functions that a request offers, or None if none may be called. Raises ApiError."""
    if not tools or choice == "none":
        return None
    if len(tools) > MAX_TOOLS:
        raise bad_request(f"At most {MAX_TOOLS} tools.", "tools")
    functions = tuple(tool.function for tool in tools)
    most = MAX_CALLS if parallel else 1
    if choice in (None, "auto", "required", "any"):  # "any": Mistral's name for "required"
        return Tools(functions, choice in ("required", "any"), most)
    if isinstance(choice, dict) and choice.get("type") == "allowed_tools":
        return _allowed(functions, Allowed.model_validate(choice.get("allowed_tools") or choice), most)
    if not isinstance(choice, dict):
        raise bad_request('tool_choice must be "none", "auto", "required" or name a function.', "tool_choice")
    return Tools(_named(functions, [Choice.model_validate(choice).function.name]), True, 1)


def _allowed(functions: Sequence[Function], allowed: Allowed, most: int) -> Tools:
    names = [item.name or (item.function.name if item.function else "") for item in allowed.tools]
    return Tools(_named(functions, names), allowed.mode == "required", most)


def _named(functions: Sequence[Function], names: Sequence[str]) -> tuple[Function, ...]:
    """Return the functions with these names. Raises ApiError if there is not one for each."""
    known = {function.name for function in functions}
    for name in names:
        if name not in known:
            raise bad_request(f'tool_choice: there is no function "{name[:64]}" among the tools.', "tool_choice")
    return tuple(function for function in functions if function.name in names)


@dataclass(slots=True)
class Call:
    """A function call, possibly still incomplete."""

    name: str
    arguments: str = ""  # JSON; truncated if the answer was
    id: str = field(default_factory=lambda: f"call_{secrets.token_hex(12)}")
    is_whole: bool = False

    def take(self, piece: CallPiece) -> None:
        self.arguments += piece.arguments
        self.is_whole = self.is_whole or piece.done

    def body(self) -> dict[str, object]:
        """Return the call in the format of chat completions."""
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}


def written_calls(calls: Sequence[tuple[str, object]]) -> str:
    """Return past calls in the form in which the model writes them: names, and arguments as JSON text or parsed."""
    return json.dumps(
        [{"name": name, "arguments": _read(arguments)} for name, arguments in calls],
        ensure_ascii=False, separators=(",", ":"),
    )  # fmt: skip


def _read(arguments: object) -> object:
    if not isinstance(arguments, str):
        return arguments
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
