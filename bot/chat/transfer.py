"""Conversations as files: our JSON, out and in; and ChatRWKV-style text logs, in. docs/exchange.md shows the schema.

    {"schema": "roost.conversation", "version": 1, "prompt": NAME, "head": INDEX, "vocabulary": NAME,
     "fingerprint": MODEL, "settings": {...}, "saves": {NAME: INDEX}, "state": BASE64 or null,
     "nodes": [{"parent": INDEX or null, "kind", "author", "speaker", "input", "output", "read", "written",
                "input_tokens", "output_tokens", "finish_reason", "sampling", "created"}, ...]}

Indices count ``nodes`` from 0; a parent stands before its children. ``read`` and ``written`` are the exact texts of the
tokens: with the same vocabulary an import continues identically, with another one it continues from the same words.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.chat.text_log import parse_log
from bot.errors import InvalidOption
from bot.library.prompts import clean_name
from bot.library.text_decoding import decoded
from bot.problems import describe, place
from bot.store.node import Node

SCHEMA: Literal["roost.conversation"] = "roost.conversation"
VERSION: Literal[1] = 1
MOST_BYTES = 64 << 20
MOST_NODES = 100_000
Text = Annotated[str, Field(max_length=1_000_000)]
Tokens = list[Annotated[int, Field(ge=0, lt=2**31)]]


def _in_utc(moment: datetime) -> datetime:
    if not EARLIEST <= moment.year <= LATEST:
        raise ValueError(f"expected a year from {EARLIEST} to {LATEST}")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


EARLIEST, LATEST = 1970, 2200
Moment = Annotated[datetime, AfterValidator(_in_utc)]
Encode = Callable[[str], Sequence[int]]
Decode = Callable[[Sequence[int]], str]


class NodeRecord(BaseModel):
    """One turn of the file."""

    model_config = ConfigDict(extra="ignore")

    parent: int | None
    kind: Literal["root", "chat", "continue", "edit", "say", "imported"]
    author: Annotated[str, Field(max_length=200)] = ""
    speaker: Annotated[str, Field(max_length=200)] = ""
    input: Text = ""
    output: Text = ""
    read: Text = ""
    written: Text = ""
    input_tokens: Tokens = []
    output_tokens: Tokens = []
    finish_reason: Literal["stop", "eos", "length", "cancelled", "timeout"] | None = None
    sampling: dict[str, Any] = {}
    created: Moment | None = None


class ConversationRecord(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="ignore")

    schema_: Literal["roost.conversation"] = Field(alias="schema")
    version: Literal[1]
    prompt: Annotated[str, Field(max_length=128)] = ""
    head: Annotated[int, Field(ge=0)]
    vocabulary: str = ""
    fingerprint: Annotated[str, Field(max_length=255)] = ""
    settings: dict[str, Any] = {}
    saves: Annotated[dict[str, int], Field(max_length=1000)] = {}
    state: str | None = None
    nodes: Annotated[list[NodeRecord], Field(min_length=1, max_length=MOST_NODES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A file's turns, ready for ``Conversation.import_turns``: a parent is -k for the node k places before."""

    nodes: Sequence[Node]
    head: int
    saves: Mapping[str, int] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    prompt: str = ""
    fingerprint: str = ""
    state: bytes | None = None


def dump(
    nodes: Sequence[Node], head: int, *, prompt: str, vocabulary: str, fingerprint: str, saves: Mapping[str, int],
    settings: Mapping[str, Any], state: bytes | None = None,
) -> bytes:  # fmt: skip
    """The JSON file of a channel's turns, which stand parents first. ``head`` and ``saves`` are node ids."""
    index = {node.id: number for number, node in enumerate(nodes)}
    table = {
        "schema": SCHEMA,
        "version": VERSION,
        "prompt": prompt,
        "head": index[head],
        "vocabulary": vocabulary,
        "fingerprint": fingerprint,
        "settings": dict(settings),
        "saves": {name: index[node] for name, node in saves.items() if node in index},
        "state": None if state is None else base64.b64encode(state).decode(),
        "nodes": [_record(node, index) for node in nodes],
    }
    return (json.dumps(table, ensure_ascii=False, indent=1) + "\n").encode()


def _record(node: Node, index: Mapping[int, int]) -> dict[str, Any]:
    return {
        "parent": None if node.parent is None else index.get(node.parent),
        "kind": node.kind, "author": node.author, "speaker": node.speaker, "input": node.input, "output": node.output,
        "read": node.read, "written": node.written,
        "input_tokens": list(node.input_tokens), "output_tokens": list(node.output_tokens),
        "finish_reason": node.finish_reason, "sampling": dict(node.sampling),
        "created": node.created.isoformat() if node.created else None,
    }  # fmt: skip


def parse(
    data: bytes, encode: Encode, decode: Decode, *, vocabulary: str, vocabulary_size: int, most: int = MOST_NODES
) -> Tree:
    """The turns of a file: our JSON, or a text log. Raises InvalidOption that says what is wrong with it.

    ``most``: turns that are allowed.
    """
    if len(data) > MOST_BYTES:
        raise InvalidOption("The file is too large: {most} MB are allowed.", most=MOST_BYTES >> 20)
    text = decoded(data)
    if not text.lstrip().startswith("{"):
        turns = parse_log(text, most)
        return Tree(nodes=turns, head=len(turns) - 1)
    try:
        record = ConversationRecord.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        problem = describe(first, ConversationRecord.model_fields)
        message = "This is no conversation that Roost can read: {where}: {problem}"
        raise InvalidOption(message, where=place(first["loc"]) or "file", problem=problem) from None
    if len(record.nodes) > most:
        message = "The file has {count} turns; {most} are allowed here."
        raise InvalidOption(message, count=len(record.nodes), most=most)
    _check_places(record)
    reader = _Reader(encode, decode, vocabulary_size if record.vocabulary == vocabulary else 0)
    nodes = [_node(each, number, reader) for number, each in enumerate(record.nodes)]
    return Tree(
        nodes=nodes, head=record.head, saves=_names(record.saves), settings=record.settings, prompt=record.prompt,
        fingerprint=record.fingerprint, state=_state(record) if record.vocabulary == vocabulary else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Reader:
    """Token ids of a file, as far as they can be trusted."""

    encode: Encode
    decode: Decode
    size: int  # 0: the file's tokens are another vocabulary's

    def tokens(self, tokens: Sequence[int], text: str) -> tuple[int, ...]:
        """The file's own where they stand for ``text``; else those of ``text``."""
        if tokens and max(tokens) < self.size and self.decode(tokens) == text:
            return tuple(tokens)
        return tuple(self.encode(text)) if text else ()


def _check_places(record: ConversationRecord) -> None:
    count = len(record.nodes)
    for number, each in enumerate(record.nodes):
        if (each.parent is None) != (each.kind == "root"):
            raise InvalidOption("Turn {number} of the file: only a root has no parent.", number=number)
        if each.parent is not None and not 0 <= each.parent < number:
            raise InvalidOption(
                "Turn {number} of the file follows a turn that does not stand before it.", number=number
            )
    if record.head >= count or any(not 0 <= number < count for number in record.saves.values()):
        raise InvalidOption("The file names a turn that is not in it.")


def _node(each: NodeRecord, number: int, reader: _Reader) -> Node:
    sampling = {name: value for name, value in each.sampling.items() if isinstance(value, (int, float, str, bool))}
    return Node(
        id=0, channel=0, parent=None if each.parent is None else each.parent - number, kind=each.kind,
        author=clean_name(each.author), speaker=clean_name(each.speaker), input=each.input, output=each.output,
        input_tokens=reader.tokens(each.input_tokens, each.read),
        output_tokens=reader.tokens(each.output_tokens, each.written),
        finish_reason=each.finish_reason, sampling=sampling, created=each.created,
    )  # fmt: skip


def _names(saves: Mapping[str, int]) -> dict[str, int]:
    return {cleaned: number for name, number in saves.items() if (cleaned := clean_name(name))}


def _state(record: ConversationRecord) -> bytes | None:
    try:
        return None if record.state is None else base64.b64decode(record.state, validate=True)
    except (binascii.Error, ValueError):
        return None  # it will be rebuilt
