"""Parses what people type: the command, its options, and the sampling of the reply.

+undo 2                      a command by name (or /undo 2)
+ ++ +++                     commands with a sign of their own
tell me more -temp=0.8       a plain message with a sampling option
+ask Why? context: Because.  named options in addition to free text
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.commands.command import Command, Option
from bot.errors import InvalidOption
from bot.parameter import NO, YES
from bot.sampling import find_parameter

SIGNS = ("+", "++", "+++")
CALL = re.compile(r"[+/＋／]([^\W\d_][\w-]*)(?=\s|$)\s*", re.UNICODE)
SAMPLING = re.compile(r'(?:(?<=\s)|^)-([A-Za-z]\w*)=("[^"\n]*"|\S*)(?=\s|$)')
LEADING = re.compile(r'\s*(?:"([^"\n]*)"|(\S+))(?:\s+|$)')
MAX_NAME_LENGTH = 40
TURN_WORDS = {"n": "n", "candidates": "n", "prefix": "prefix", "stop": "stop"}
WANTED = re.compile(r"(?:^|\s)-(?:n|candidates)=\"?(\d)", re.IGNORECASE)
MAX_ANSWERS = 8
MAX_STOPS = 8
MAX_WORD_LENGTH = 200


@dataclass(frozen=True, slots=True)
class CommandText:
    """A text that names a command; ``rest`` is the text after the name."""

    name: str
    rest: str


@dataclass(frozen=True, slots=True)
class SampledText:
    """A text without its ``-temp=0.8`` options, and the values of these."""

    text: str
    sampling: Mapping[str, Any] = field(default_factory=dict)
    turn: Mapping[str, Any] = field(default_factory=dict)  # other fields of TurnOptions: n, prefix, stop


def split_call(text: str) -> CommandText | None:
    """Return the command named in ``text``, by name or sign as typed; None for a plain message."""
    stripped = text.strip()
    sign, _, rest = stripped.partition(" ")
    sign = sign.replace("＋", "+")
    if sign in SIGNS and not SAMPLING.sub("", rest).strip():
        return CommandText(sign, rest)
    match = CALL.match(stripped)
    if match is None or len(match[1]) > MAX_NAME_LENGTH:
        return None
    return CommandText(match[1], stripped[match.end() :])


def split_sampling(text: str, command: Command | None = None) -> SampledText:
    """Extract the sampling options from ``text``. Raises InvalidOption if a value is out of range.

    A ``-word=`` that is not an option stays in the text, as does one that is the command's own option.
    """
    if "=" not in text:
        return SampledText(text)
    sampling: dict[str, Any] = {}
    turn: dict[str, Any] = {}

    def take(match: re.Match[str]) -> str:
        name, value = match[1].casefold(), match[2].strip('"')
        if command is not None and command.option(name) is not None:
            return match[0]
        if (parameter := find_parameter(name)) is not None:
            sampling[parameter.name] = parameter.read(value)
        elif name in TURN_WORDS:
            turn[TURN_WORDS[name]] = _turn_value(TURN_WORDS[name], value)
        else:
            return match[0]
        return ""

    rest = SAMPLING.sub(take, text)
    return SampledText(rest.strip() if rest != text else text, sampling, turn)


def answers_wanted(command: Command, *texts: str) -> int:
    """Return how many replies the text requests at once (``-n=3``), before anything is validated."""
    if not (command.samples and command.needs_model):
        return 1
    wanted = [int(match[1]) for text in texts for match in WANTED.finditer(text)]
    return max(1, min(MAX_ANSWERS, max(wanted, default=1)))


def _turn_value(name: str, value: str) -> Any:
    if name == "n":
        if not value.isdecimal() or not 1 <= int(value[:4]) <= MAX_ANSWERS:
            raise InvalidOption("{name} must be {range}, not {value}.", name="n", range="1 – 8", value=value[:40])
        return int(value)
    text = value.replace("\\n", "\n")[:MAX_WORD_LENGTH]
    return tuple(part for part in text.split("|") if part)[:MAX_STOPS] if name == "stop" else text


def read_arguments(command: Command, text: str) -> dict[str, Any]:
    """Return the values of a command's options from the text after its name. Raises InvalidOption."""
    rest_option = next((option for option in command.options if option.rest), None)
    found: dict[str, Any] = {}
    named = [option for option in command.options if option.marked or (rest_option and option is not rest_option)]
    if named:
        text, found = _take_marked(command, text)
    if rest_option is not None:
        text = _take_leading(command, text, found)
        if text.strip() and rest_option.name not in found:
            found[rest_option.name] = text.strip()
    else:
        found |= _take_words([option for option in command.options if option.name not in found], text, command)
    return check_arguments(command, found)


def _take_leading(command: Command, text: str, found: dict[str, Any]) -> str:
    """Take required options before the rest from the first words (``pick 2 words``); quotes group words."""
    for option in command.options:
        if option.rest or not option.required or option.marked or option.name in found:
            break
        if (match := LEADING.match(text)) is None:
            break
        found[option.name] = match[1] if match[1] is not None else match[2]
        text = text[match.end() :]
    return text


def _take_marked(command: Command, text: str) -> tuple[str, dict[str, Any]]:
    """Extract named values, as in ``Why? context: Because. cfg: 2``; a text value ends at the next mark."""
    names = "|".join(re.escape(option.name) for option in command.options)
    mark = re.compile(rf"(?:(?<=\s)|^)-?({names})\s*[:：=]\s*", re.IGNORECASE)
    found: dict[str, Any] = {}
    kept, at = "", 0
    marks = list(mark.finditer(text))
    for index, match in enumerate(marks):
        option = command.option(match[1].casefold())
        if option is None or match.start() < at:
            continue
        kept += text[at : match.start()]
        end = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        value = text[match.end() : end]
        if option.kind != "text" or option.choices:  # a single word; the rest stays in the text
            word = value.split(maxsplit=1)[0] if value.strip() else ""
            end = match.end() + value.find(word) + len(word)
            value = word
        found[option.name] = value.strip().strip('"') if value.strip().startswith('"') else value.strip()
        at = end
    return kept + text[at:], found


def _take_words(options: list[Option], text: str, command: Command) -> dict[str, Any]:
    try:
        words = shlex.split(text) if '"' in text else text.split()
    except ValueError:
        words = text.split()
    if len(words) > len(options):
        message = "{command} takes {most} values, not {count}. Use it like this: {usage}"
        values = {"most": len(options), "count": len(words), "usage": f"+{command.usage()}"}
        raise InvalidOption(message, command=command.name, **values)
    return {option.name: word for option, word in zip(options, words, strict=False)}


def check_arguments(command: Command, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return each option's value, converted and range-checked, or its default. Raises InvalidOption."""
    for name in values:
        if command.option(name) is None:
            message = 'The command {command} has no option "{name}". Use it like this: {usage}'
            raise InvalidOption(message, command=command.name, name=str(name)[:40], usage=f"+{command.usage()}")
    checked: dict[str, Any] = {}
    for option in command.options:
        value = values.get(option.name)
        if value is None or (value == "" and option.kind != "text"):
            value = None
        if value is None or value == "":
            if option.required:
                message = "{command} needs {option}. Use it like this: {usage}"
                raise InvalidOption(message, command=command.name, option=option.name, usage=f"+{command.usage()}")
            checked[option.name] = option.default
        else:
            checked[option.name] = _value(option, value)
    return checked


def _value(option: Option, value: object) -> Any:
    try:
        found = _converted(option, value)
    except (ValueError, OverflowError):
        found = None
    in_range = not isinstance(found, (int, float)) or isinstance(found, bool) or (
        (option.minimum is None or found >= option.minimum) and (option.maximum is None or found <= option.maximum)
    )  # fmt: skip
    if found is None or not in_range or (option.choices and found not in option.choices):
        message = "{name} must be {range}, not {value}."
        raise InvalidOption(message, name=option.name, range=option.allowed(), value=str(value)[:40])
    return found


def _converted(option: Option, value: object) -> Any:
    text = str(value).strip()
    match option.kind:
        case "int":
            if isinstance(value, bool) or (isinstance(value, float) and value != int(value)) or len(text) > 20:
                raise ValueError
            return int(value) if isinstance(value, float) else int(text)
        case "float":
            number = float(text)
            if number != number:  # nan
                raise ValueError
            return number
        case "bool":
            if text.casefold() not in (*YES, *NO):
                raise ValueError
            return text.casefold() in YES
        case "text":
            folded = text.casefold()
            return folded if option.choices and folded in option.choices else str(value)
