"""Reads and writes RWKV-Drama's files: Save/SERIES/NAME/场景剧本.json and YYYYMMDD-HHMM_Log.json.

Unchanged content is written back byte for byte: the order of keys, unknown keys and the JSON layout are preserved.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.errors import InvalidOption
from bot.library.cards.bounded_json import MAX_DEPTH, JsonObject, depth
from bot.library.prompts import clean_name
from bot.library.scenes.scene_definition import MAX_CAST, MAX_LINES, Member, Scene, SceneLine, folded

SCENARIO_FILE = "场景剧本.json"
LOG_ENDING = "_Log.json"
MAX_BYTES = 8_000_000  # bytes
MAX_CONTAINERS = 20_000  # objects and lists
NARRATOR, PASSER_BY = "旁白", "路人"
SHOWN_ONLY = "系统提示"
OPENING, TYPED, DRAWN, EDITED = "初始对话", "用户输入", "模型生成", "模型生成(人工编辑)"


@dataclass(frozen=True, slots=True, kw_only=True)
class DramaLine:
    """One line of a log."""

    tag: str
    text: str
    speaker: str
    raw: JsonObject = field(default_factory=dict)  # the object as read


@dataclass(frozen=True, slots=True, kw_only=True)
class DramaPlay:
    """A scenario with an optional log."""

    scenario: JsonObject
    lines: tuple[DramaLine, ...] = ()

    def scene(self) -> Scene:
        """Convert to a scene, with the log's lines, or those of the scenario's example if there is no log."""
        lines = tuple(SceneLine(line.speaker, line.text) for line in self.lines if line.tag != SHOWN_ONLY)
        name, series = _word(self.scenario, "ScenarioName") or "Scene", _word(self.scenario, "ScenarioSeries")
        cast = _cast(self.scenario)
        names = [member.name for member in cast]
        return Scene(
            id=f"{series}/{name}", name=clean_name(name) or "Scene", series=series, language="zh_CN",
            setting=_word(self.scenario, "Prompt"), cast=cast, memory="shared", order="manual",
            narrator=NARRATOR, passer_by=PASSER_BY,
            lines=(lines or example_lines(_word(self.scenario, "Example"), [*names, NARRATOR, PASSER_BY]))[:MAX_LINES],
        )  # fmt: skip


def read_scenario(data: bytes) -> DramaPlay:
    """Read a scenario, or a log with its scenario. Raises InvalidOption."""
    table = _parsed(data)
    if not isinstance(table, dict):
        raise InvalidOption("The file is not an RWKV-Drama scenario: expected a JSON object.")
    if "Scenario" not in table:
        table = {"Scenario": table, "Chat": []}
    scenario, chat = table["Scenario"], table.get("Chat")
    if not isinstance(scenario, dict) or not isinstance(scenario.get("CharacterData"), dict):
        raise InvalidOption("The file is not an RWKV-Drama scenario: expected CharacterData with AI and User.")
    if not isinstance(chat, list) or len(chat) > MAX_LINES:
        raise InvalidOption("The log's Chat must be a list of at most {most} lines.", most=MAX_LINES)
    return DramaPlay(scenario=scenario, lines=tuple(_line(item) for item in chat if isinstance(item, dict)))


def source_of(folder: Path) -> Path:
    """Return a folder's newest log, or its scenario if it has none."""
    return max((path for path in folder.glob(f"*{LOG_ENDING}") if path.is_file()), default=folder / SCENARIO_FILE)


def read_folder(folder: Path) -> Scene:
    """Read a folder's newest log, or its scenario if it has none. Raises InvalidOption."""
    path = source_of(folder)
    if path.stat().st_size > MAX_BYTES:
        raise InvalidOption("The file is too large: the limit is {most} kB.", most=MAX_BYTES // 1000)
    scene, pictures = read_scenario(path.read_bytes()).scene(), pictures_in(folder)
    cast = tuple(replace(member, picture=folded(member.name) in pictures) for member in scene.cast)
    return replace(scene, cast=cast)


def pictures_in(folder: Path) -> dict[str, Path]:
    """Return the pictures NAME.png, by folded name."""
    return {folded(path.stem): path for path in sorted(folder.glob("*.png"))}


def write_scenario(scenario: Mapping[str, object], like: bytes = b"") -> bytes:
    """Return 场景剧本.json in the layout of ``like``."""
    return _written(dict(scenario), like)


def write_log(play: DramaPlay, like: bytes = b"") -> bytes:
    """Return a log in the layout of ``like``."""
    return _written({"Scenario": play.scenario, "Chat": log_values(play)}, like)


def log_values(play: DramaPlay) -> list[JsonObject]:
    """Return a log's lines as JSON objects."""
    return [
        {**line.raw, "InputTag": line.tag, "Message": line.text, "Character": line.speaker} for line in play.lines
    ]  # fmt: skip


def scenario_of(scene: Scene) -> JsonObject:
    """Convert a scene to an RWKV-Drama scenario. Descriptions, which it has no field for, are added to the prompt."""
    described = [f"{member.name}：{member.description}" for member in scene.cast if member.description]
    return {
        "ScenarioSeries": scene.series,
        "ScenarioName": scene.name,
        "Prompt": "\n".join([scene.setting.strip(), *described]).strip(),
        "Example": "\n\n".join(f"{line.speaker}:{line.text}" if line.speaker else line.text for line in scene.lines),
        "CharacterData": {
            "AI": [member.name for member in scene.cast if not member.player],
            "User": [member.name for member in scene.cast if member.player],
        },
    }


def example_lines(text: str, names: Sequence[str]) -> tuple[SceneLine, ...]:
    """Split an example into lines by paragraph. Those that do not begin with a known name are narration."""
    known = {folded(name): name for name in names}
    lines = []
    for part in text.replace("\r\n", "\n").split("\n\n"):
        head, colon, rest = part.strip().replace("：", ":", 1).partition(":")
        if colon and folded(head) in known:
            lines.append(SceneLine(known[folded(head)], rest.strip()))
        elif part.strip():
            lines.append(SceneLine("", part.strip()))
    return tuple(lines)


def _parsed(data: bytes) -> object:
    """Parse JSON without repairs, so that it can be written back unchanged. Raises InvalidOption."""
    if len(data) > MAX_BYTES or data.count(b"{") + data.count(b"[") > MAX_CONTAINERS:
        raise InvalidOption("The file is too large: the limit is {most} kB.", most=MAX_BYTES // 1000)
    try:
        value: object = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InvalidOption("The file is not JSON: {problem}", problem=str(error)[:200]) from None
    if depth(value) > MAX_DEPTH:
        raise InvalidOption("The file is not JSON: {problem}", problem="it is nested too deeply")
    return value


def _line(item: JsonObject) -> DramaLine:
    return DramaLine(
        tag=_word(item, "InputTag"), text=_word(item, "Message"), speaker=clean_name(_word(item, "Character")), raw=item
    )


def _cast(scenario: JsonObject) -> tuple[Member, ...]:
    data = scenario["CharacterData"]
    found: dict[str, Member] = {}
    for side in ("AI", "User"):
        names = data.get(side) if isinstance(data, dict) else None
        for name in names if isinstance(names, list) else []:
            cleaned = clean_name(name) if isinstance(name, str) else ""
            if cleaned and cleaned not in (NARRATOR, PASSER_BY):
                found.setdefault(folded(cleaned), Member(name=cleaned, player=side == "User"))
    if len(found) > MAX_CAST:
        raise InvalidOption("A scene has at most {most} characters, not {count}.", most=MAX_CAST, count=len(found))
    return tuple(found.values())


def _word(table: Mapping[str, object], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _written(table: JsonObject, like: bytes) -> bytes:
    """Write JSON in the layout of ``like``, if a known one reproduces it, else in RWKV-Drama's own."""
    body = like.removeprefix(BOM)
    for layout in _LAYOUTS if like else ():
        if _dumped(_parsed(like), layout) == body.replace(b"\r\n", b"\n"):
            data = _dumped(table, layout)
            data = data.replace(b"\n", b"\r\n") if b"\r\n" in body else data
            return BOM + data if like.startswith(BOM) else data
    return _dumped(table, _LAYOUTS[0])


@dataclass(frozen=True, slots=True)
class _Layout:
    indent: int | str | None = 4
    ascii_only: bool = False
    separators: tuple[str, str] | None = None
    end: str = ""


BOM = b"\xef\xbb\xbf"
_LAYOUTS = [
    _Layout(indent, ascii_only, separators, end)
    for end in ("", "\n")
    for ascii_only in (False, True)
    for indent, separators in ((4, None), (2, None), (None, None), (None, (",", ":")), ("\t", None), (1, None))
]


def _dumped(table: object, layout: _Layout) -> bytes:
    separators = layout.separators
    text = json.dumps(table, ensure_ascii=layout.ascii_only, indent=layout.indent, separators=separators)
    return (text + layout.end).encode("utf-8", "surrogatepass")
