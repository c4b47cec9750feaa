"""Imports prompts of other programs as data: ChatRWKV's .py files (parsed, never executed) and rwkv.cpp's JSON."""

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path

from bot.errors import InvalidOption
from bot.library.prompts import ChatPrompt, clean_name
from bot.library.text_decoding import decoded

MAX_BYTES = 256_000  # bytes
WANTED = ("user", "bot", "interface", "init_prompt")
JSON_KEYS = {"user": "user", "bot": "bot", "separator": "interface", "prompt": "init_prompt"}
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


def prompt_name(text: str) -> str:
    """Turn user input into a prompt name that is safe as a file name. Raises InvalidOption."""
    name = re.sub(r"[\s.]+", "-", text.strip().casefold())
    if not NAME.fullmatch(name):
        raise InvalidOption("A prompt's name must have 1 to 32 characters: a-z, digits, - and _.")
    return name


def read_prompt(name: str, data: bytes) -> ChatPrompt:
    """Parse a prompt file. Raises InvalidOption if something is missing or is not plain text."""
    if len(data) > MAX_BYTES:
        raise InvalidOption("The file is too large: the limit is {most} kB.", most=MAX_BYTES // 1000)
    text = decoded(data)
    values = _from_json(text) if text.lstrip().startswith("{") else _from_python(text)
    user, bot = clean_name(values.get("user", "")), clean_name(values.get("bot", ""))
    if not (user and bot):
        raise InvalidOption("The file does not name a user and a bot.")
    separator = (values.get("interface") or ":").strip()[:4] or ":"
    start = values.get("init_prompt", "")
    for word, value in (("{user}", user), ("{bot}", bot), ("{interface}", separator)):
        start = start.replace(word, value)
    # ChatRWKV strips every line, including ideographic spaces.
    lines = [line.strip().strip("\u3000") for line in start.replace("\r", "").strip().split("\n")]
    return ChatPrompt(name=name, title=name, user=user, bot=bot, separator=separator, text="\n".join(lines).strip())


def _from_json(text: str) -> dict[str, str]:
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(error) from None
    if not isinstance(table, dict):
        raise InvalidOption("The file does not name a user and a bot.")
    return {ours: value for theirs, ours in JSON_KEYS.items() if isinstance(value := table.get(theirs), str)}


def _unreadable(error: Exception) -> InvalidOption:
    too_deep = isinstance(error, (RecursionError, MemoryError)) or "too many nested" in str(error)
    problem = "it is nested too deeply" if too_deep else str(error)[:200]
    return InvalidOption("The prompt file cannot be read: {problem}", problem=problem)


def _from_python(text: str) -> dict[str, str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _unreadable(error) from None
    values: dict[str, str] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and target.id in WANTED:
                values[target.id] = _text(statement.value, values)
    return values


def _text(node: ast.expr, values: Mapping[str, str]) -> str:
    """Evaluate a string, or an f-string of names assigned earlier. Raises InvalidOption for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name) and node.id in values:
        return values[node.id]
    if isinstance(node, ast.FormattedValue) and node.conversion == -1 and node.format_spec is None:
        return _text(node.value, values)
    if isinstance(node, ast.JoinedStr):
        text = "".join(_text(part, values) for part in node.values)
        if len(text) > MAX_BYTES:  # nested f-strings may double the text on each line
            raise InvalidOption("The file is too large: the limit is {most} kB.", most=MAX_BYTES // 1000)
        return text
    raise InvalidOption("Line {line} of the prompt file is not plain text.", line=node.lineno)


def to_toml(prompt: ChatPrompt) -> str:
    """Return the prompt as TOML for prompts/chat/."""
    fields = {"title": prompt.title, "user": prompt.user, "bot": prompt.bot, "separator": prompt.separator,
              "text": prompt.text}  # fmt: skip
    return "".join(f"{key} = {toml_string(value)}\n" for key, value in fields.items())


def toml_string(text: str) -> str:
    """Return ``text`` as a TOML basic string: a JSON string in which DEL is escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_prompt(folder: Path, prompt: ChatPrompt) -> Path:
    """Save an imported prompt in ``folder``/chat. Raises FileExistsError instead of overwriting."""
    path = folder / "chat" / f"{prompt_name(prompt.name)}.toml"
    data = to_toml(prompt).encode("utf-8", "replace")  # escapes may contain lone surrogates, which UTF-8 cannot encode
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
    return path
