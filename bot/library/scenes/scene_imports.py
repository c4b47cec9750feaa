"""Imports scenes, detected by content: TOML, RWKV-Drama's JSON, SillyTavern's group chats, plain text."""

import json
import re
from collections.abc import Iterator

from bot.errors import InvalidOption
from bot.library.cards.toml_text import load_toml
from bot.library.prompts import clean_name
from bot.library.scenes.drama_files import read_scenario
from bot.library.scenes.scene_definition import MAX_CAST, MAX_LINES, Member, Scene, SceneLine, folded
from bot.library.scenes.scene_file import MAX_BYTES, parse
from bot.library.text_decoding import decoded

MAX_LINE_LENGTH = 20_000  # characters
LABELLED = re.compile(r"([^\n:：]{1,32})[:：][ \t]*(.*)", re.DOTALL)
BLANK = re.compile(r"\n[ \t]*\n\s*")


def read_scene(data: bytes, name: str) -> Scene:
    """Read a scene from a file called ``name``. Raises InvalidOption."""
    if len(data) > MAX_BYTES:
        raise InvalidOption("The file is too large: the limit is {most} kB.", most=MAX_BYTES // 1000)
    stem = clean_name(name.rpartition("/")[2].rpartition(".")[0] or name) or "Scene"
    text = decoded(data).lstrip("\ufeff")
    if text.lstrip().startswith("{"):
        first = text.lstrip().partition("\n")[0]
        return (
            _from_jsonl(text, stem) if _is_object(first) and '"Scenario' not in first else read_scenario(data).scene()
        )
    if name.endswith(".toml") or _is_toml(text):
        try:
            return parse(f"/{stem}", text)
        except ValueError as error:
            raise InvalidOption("The scene cannot be read: {problem}", problem=str(error)[:1000]) from None
    return _from_text(text, stem)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _is_toml(text: str) -> bool:
    try:
        return "cast" in load_toml(text)
    except ValueError:
        return False


def _from_jsonl(text: str, stem: str) -> Scene:
    """Read a SillyTavern chat: a line of metadata, then one message per line. Hidden messages are skipped."""
    lines, players = [], set()
    for item in _objects(text):
        said, speaker = item.get("mes"), item.get("name")
        if not isinstance(said, str) or not isinstance(speaker, str) or item.get("is_system") or not said.strip():
            continue
        label = clean_name(speaker)
        if item.get("is_user"):
            players.add(folded(label))
        lines.append(SceneLine(label, said[:MAX_LINE_LENGTH]))
    if not lines:
        raise InvalidOption("The file contains no lines of a scene.")
    return _scene(stem, lines, players)


def _objects(text: str) -> Iterator[dict[str, object]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError):
            raise InvalidOption("Line {line} of the file is not JSON.", line=number) from None
        if isinstance(item, dict):
            yield item


def _from_text(text: str, stem: str) -> Scene:
    """Read paragraphs ``NAME: text``. Unlabelled ones before the first are the setting, later ones narration."""
    setting: list[str] = []
    lines: list[SceneLine] = []
    for part in BLANK.split(text.replace("\r\n", "\n").strip()):
        match = LABELLED.fullmatch(part.strip())
        label = clean_name(match[1]) if match else ""
        if match and label:
            lines.append(SceneLine(label, match[2].strip()[:MAX_LINE_LENGTH]))
        elif lines:
            lines.append(SceneLine("", part.strip()[:MAX_LINE_LENGTH]))
        elif part.strip():
            setting.append(part.strip())
    if not lines:
        raise InvalidOption("The file contains no lines of a scene: expected paragraphs that begin with `NAME:`.")
    return _scene(stem, [line for line in lines if line.text], set(), "\n".join(setting))


def _scene(stem: str, lines: list[SceneLine], players: set[str], setting: str = "") -> Scene:
    if len(lines) > MAX_LINES:
        raise InvalidOption("The file has {count} lines; the limit is {most}.", count=len(lines), most=MAX_LINES)
    own = {folded("Narrator"), folded("Passer-by"), ""}
    names: dict[str, str] = {}
    for line in lines:
        if folded(line.speaker) not in own:
            names.setdefault(folded(line.speaker), line.speaker)
    if not names or len(names) > MAX_CAST:
        raise InvalidOption("A scene has at most {most} characters, not {count}.", most=MAX_CAST, count=len(names))
    cast = tuple(Member(name=name, player=key in players) for key, name in names.items())
    said = tuple(SceneLine(names.get(folded(line.speaker), line.speaker), line.text) for line in lines)
    return Scene(id=f"/{stem}", name=stem, setting=setting, cast=cast, lines=said)
