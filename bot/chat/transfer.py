"""Conversation files: our JSON, exported and imported; logs of ChatRWKV and RWKV_Role_Playing. See docs/exchange.md.

    {"schema": "roost.conversation", "version": 1, "prompt": NAME, "head": INDEX, "vocabulary": NAME,
     "fingerprint": MODEL, "settings": {...}, "saves": {NAME: INDEX}, "state": BASE64 or null,
     "nodes": [{"parent": INDEX or null, "previous": INDEX or null, "kind", "author", "speaker", "input", "output",
                "read", "written", "input_tokens", "output_tokens", "finish_reason", "sampling", "created"}, ...]}

Indices into ``nodes`` start at 0; parents come before their children. ``previous`` is the position of HEAD while free
writing (kind "draft") was done. ``read`` and ``written`` are the exact texts of the tokens: with the same vocabulary an
import continues identically, with another one it continues from the same text. Long files are compressed with gzip.
"""

import base64
import binascii
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from bot.chat.channel import MAX_MARKS
from bot.chat.role_playing_log import role_playing_turns
from bot.chat.scene_record import SceneRecord
from bot.chat.text_log import parse_log
from bot.errors import InvalidOption
from bot.library.prompts import clean_name
from bot.library.text_decoding import decoded
from bot.problems import describe, place
from bot.store.node import Node

SCHEMA: Literal["roost.conversation"] = "roost.conversation"
VERSION: Literal[1] = 1
MAX_BYTES = 64 << 20  # of an imported file, unpacked
MAX_NODES = 100_000
PACKED_FROM = 64 << 10  # bytes; shorter files stay readable
PACKING = 6  # gzip level; 9 takes two thirds longer for one percent
CARD_FIELDS = {"spec", "first_mes", "char_persona", "personality"}
GZIP = b"\x1f\x8b"
JSON_LIST = re.compile(r"\s*\[\s*[{\]]")  # not "[12:00] User: hello"
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
    """A turn in the file."""

    model_config = ConfigDict(extra="ignore")

    parent: int | None
    previous: int | None = None
    kind: Literal["root", "chat", "continue", "edit", "say", "draft", "imported", "line", "stage"]
    author: Annotated[str, Field(max_length=200)] = ""
    speaker: Annotated[str, Field(max_length=200)] = ""
    input: Text = ""
    output: Text = ""
    read: Text = ""
    written: Text = ""
    input_tokens: Tokens = []
    output_tokens: Tokens = []
    finish_reason: Literal["stop", "eos", "length", "cancelled", "timeout"] | None = None
    sampling: dict[str, JsonValue] = {}
    scene: SceneRecord = SceneRecord()
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
    settings: dict[str, JsonValue] = {}
    saves: Annotated[dict[str, int], Field(max_length=MAX_MARKS)] = {}
    state: str | None = None
    nodes: Annotated[list[NodeRecord], Field(min_length=1, max_length=MAX_NODES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A file's turns, ready for ``Conversation.import_turns``. A parent of -k is the node k places before."""

    nodes: Sequence[Node]
    head: int
    saves: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    prompt: str = ""
    fingerprint: str = ""
    state: bytes | None = None
    continues: bool = False  # the turns follow the root of the channel that imports them


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A channel's turns, parents first, and its other data. ``head`` and ``saves`` are node ids."""

    nodes: Sequence[Node]
    head: int
    prompt: str
    vocabulary: str
    fingerprint: str
    saves: Mapping[str, int]
    settings: Mapping[str, object]
    state: bytes | None = None


def dump(source: Source) -> bytes:
    """Return the JSON file, one turn per line. Long files are compressed as they are written, to save memory."""
    out = io.BytesIO()
    packing: gzip.GzipFile | None = None
    for line in _lines(source):
        if packing is None and out.tell() + len(line) > PACKED_FROM:
            written, out = out.getvalue(), io.BytesIO()
            packing = gzip.GzipFile(fileobj=out, mode="wb", compresslevel=PACKING, mtime=0)
            packing.write(written)
        (packing or out).write(line)
    if packing is not None:
        packing.close()
    return out.getvalue()


def _lines(source: Source) -> Iterator[bytes]:
    index = {node.id: number for number, node in enumerate(source.nodes)}
    table = {
        "schema": SCHEMA,
        "version": VERSION,
        "prompt": source.prompt,
        "head": index[source.head],
        "vocabulary": source.vocabulary,
        "fingerprint": source.fingerprint,
        "settings": dict(source.settings),
        "saves": {name: index[node] for name, node in source.saves.items() if node in index},
        "state": None if source.state is None else base64.b64encode(source.state).decode(),
    }
    yield json.dumps(table, ensure_ascii=False)[:-1].encode() + b', "nodes": [\n'
    last = len(source.nodes) - 1
    for number, node in enumerate(source.nodes):
        yield json.dumps(_record(node, index), ensure_ascii=False).encode() + (b"\n" if number == last else b",\n")
    yield b"]}\n"


def is_packed(data: bytes) -> bool:
    """Return whether ``data`` is compressed."""
    return data.startswith(GZIP)


def _record(node: Node, index: Mapping[int, int]) -> dict[str, object]:
    previous = None if node.kind != "draft" or node.previous is None else index.get(node.previous)
    return {
        "parent": None if node.parent is None else index.get(node.parent), "previous": previous,
        "kind": node.kind, "author": node.author, "speaker": node.speaker, "input": node.input, "output": node.output,
        "read": node.read, "written": node.written,
        "input_tokens": list(node.input_tokens), "output_tokens": list(node.output_tokens),
        "finish_reason": node.finish_reason, "sampling": dict(node.sampling),
        "scene": dict(node.scene),
        "created": node.created.isoformat() if node.created else None,
    }  # fmt: skip


def _unpacked(data: bytes) -> bytes:
    """Decompress ``data`` if necessary. Raises InvalidOption if it is too large or damaged."""
    if is_packed(data):
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            data = unpacker.decompress(data, MAX_BYTES + 1)
        except zlib.error:
            raise InvalidOption("The file is damaged: it cannot be decompressed.") from None
        if len(data) <= MAX_BYTES and not unpacker.eof:
            raise InvalidOption("The file is damaged: it cannot be decompressed.")
    if len(data) > MAX_BYTES:
        raise InvalidOption("The file is too large: the limit is {most} MB.", most=MAX_BYTES >> 20)
    return data


def parse(
    data: bytes, encode: Encode, decode: Decode, *, vocabulary: str, vocabulary_size: int, most: int = MAX_NODES
) -> Tree:
    """Parse our JSON or a text log. Raises InvalidOption, saying what is wrong with the file.

    ``most``: maximum number of turns.
    """
    text = decoded(_unpacked(data))
    if not text.lstrip().startswith("{"):
        return _of_log(text, most)
    record = _record_of(text)
    if len(record.nodes) > most:
        message = "The file has {count} turns; the limit here is {most}."
        raise InvalidOption(message, count=len(record.nodes), most=most)
    _check_places(record)
    reader = _Reader(encode, decode, vocabulary, vocabulary_size if record.vocabulary == vocabulary else 0)
    nodes = [_node(each, number, reader) for number, each in enumerate(record.nodes)]
    return Tree(
        nodes=nodes, head=record.head, saves=_names(record.saves), settings=record.settings, prompt=record.prompt,
        fingerprint=record.fingerprint, state=_state(record) if record.vocabulary == vocabulary else None,
    )  # fmt: skip


def _of_log(text: str, most: int) -> Tree:
    role_playing = JSON_LIST.match(text) is not None
    turns = role_playing_turns(text.encode(), most) if role_playing else parse_log(text, most)
    return Tree(nodes=turns, head=len(turns) - 1, continues=role_playing)


def _record_of(text: str) -> ConversationRecord:
    try:
        return ConversationRecord.model_validate_json(text)
    except ValidationError as error:
        if _is_card(text):
            raise InvalidOption("This is a character's card. `+character import` reads it.") from None
        first = error.errors()[0]
        problem = describe(first, ConversationRecord.model_fields)
        message = "Roost cannot read this conversation file: {where}: {problem}"
        raise InvalidOption(message, where=place(first["loc"]) or "file", problem=problem) from None


def _is_card(text: str) -> bool:
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(table, dict) and "schema" not in table and bool(CARD_FIELDS & table.keys())


@dataclass(frozen=True, slots=True)
class _Reader:
    """Token ids of a file, as far as they can be trusted."""

    encode: Encode
    decode: Decode
    vocabulary: str  # name of the running vocabulary
    size: int  # its size; 0 if the file's tokens are from another vocabulary

    def tokens(self, tokens: Sequence[int], text: str) -> tuple[int, ...]:
        """Return the file's tokens if they decode to ``text``; otherwise encode ``text``."""
        if tokens and max(tokens) < self.size and self.decode(tokens) == text:
            return tuple(tokens)
        return tuple(self.encode(text)) if text else ()


def _check_places(record: ConversationRecord) -> None:
    nodes = record.nodes
    for number, each in enumerate(nodes):
        if each.kind != "draft" and (each.parent is None) != (each.kind == "root"):
            raise InvalidOption("Turn {number} of the file: only a root has no parent.", number=number)
        if any(place is not None and not 0 <= place < number for place in (each.parent, each.previous)):
            raise InvalidOption("Turn {number} of the file follows a turn that does not come before it.", number=number)
        above = each.previous if each.kind == "draft" else each.parent
        if above is not None and nodes[above].kind == "draft":
            raise InvalidOption("Turn {number} of the file follows free writing.", number=number)
    places = (record.head, *record.saves.values())
    if any(not 0 <= number < len(nodes) or nodes[number].kind == "draft" for number in places):
        raise InvalidOption("The file refers to a turn that is not in it.")


def _node(each: NodeRecord, number: int, reader: _Reader) -> Node:
    sampling = {name: value for name, value in each.sampling.items() if isinstance(value, (int, float, str, bool))}
    return Node(
        id=0, channel=0, parent=None if each.parent is None else each.parent - number, kind=each.kind,
        previous=each.previous - number if each.kind == "draft" and each.previous is not None else None,
        author=clean_name(each.author), speaker=clean_name(each.speaker), input=each.input, output=each.output,
        input_tokens=reader.tokens(each.input_tokens, each.read),
        output_tokens=reader.tokens(each.output_tokens, each.written),
        read=each.read, written=each.written, vocabulary=reader.vocabulary if each.read or each.written else "",
        finish_reason=each.finish_reason, sampling=sampling, created=each.created,
        scene=each.scene.facts(),
    )  # fmt: skip


def _names(saves: Mapping[str, int]) -> dict[str, int]:
    return {cleaned: number for name, number in saves.items() if (cleaned := clean_name(name))}


def _state(record: ConversationRecord) -> bytes | None:
    try:
        return None if record.state is None else base64.b64decode(record.state, validate=True)
    except (binascii.Error, ValueError):
        return None  # to be rebuilt
