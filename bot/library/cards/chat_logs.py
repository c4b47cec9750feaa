"""RWKV_Role_Playing's `log/FILE/HASH.json`: a list of {input, output}, each null, a text, or {char, msg}."""

from dataclasses import dataclass

from bot.errors import InvalidOption
from bot.library.cards.bounded_json import parse_json
from bot.library.cards.repairs import Repairs

MAX_TURNS = 20_000


@dataclass(frozen=True, slots=True)
class LoggedLine:
    """One line of a log. ``speaker`` is "" if the log does not name one."""

    person: bool
    speaker: str
    text: str


def read_chat_log(data: bytes, repairs: Repairs) -> tuple[LoggedLine, ...]:
    """Return the lines in order. Raises InvalidOption if the file is not a chat log."""
    turns = parse_json(data, repairs)
    if not is_chat_log(turns) or not isinstance(turns, list):
        raise InvalidOption("The file is not a chat log: expected a list of input and output.")
    if len(turns) > MAX_TURNS:
        raise InvalidOption("The chat log has {count} turns; the limit is {most}.", count=len(turns), most=MAX_TURNS)
    lines = [_line(turn.get(key), person=key == "input") for turn in turns for key in ("input", "output")]
    return tuple(line for line in lines if line is not None)


def is_chat_log(value: object) -> bool:
    """Return whether a JSON value has the structure of such a log."""
    return isinstance(value, list) and all(isinstance(turn, dict) and {"input", "output"} & set(turn) for turn in value)


def _line(value: object, *, person: bool) -> LoggedLine | None:
    speaker = ""
    if isinstance(value, dict):
        speaker, value = str(value.get("char") or ""), value.get("msg")
    return LoggedLine(person, speaker, value) if isinstance(value, str) and value.strip() else None
