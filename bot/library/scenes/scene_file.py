"""Scene files prompts/scenes/SERIES/NAME.toml, validated by pydantic, and their writer."""

import json
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    field_validator,
    model_validator,
)

from bot.i18n import checked_language
from bot.library.cards.toml_text import load_toml
from bot.library.imports import toml_string
from bot.library.prompts import clean_name
from bot.library.scenes.scene_definition import (
    MAX_CAST,
    MAX_LINES,
    Member,
    Memory,
    Order,
    Scene,
    SceneLine,
    folded,
)
from bot.problems import problems as problems_of
from bot.sampling import sampling_values

MAX_BYTES = 1_000_000  # bytes per file


def _plain(value: str) -> str:
    if clean_name(value) != value:
        raise ValueError("expected one line of at most 32 characters, without a colon")
    return value


Name = Annotated[str, Field(min_length=1), AfterValidator(_plain)]
MaybeName = Annotated[str, AfterValidator(_plain)]
Text = Annotated[str, Field(max_length=100_000)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class MemberTable(_Table):
    """The schema of ``[[cast]]``."""

    name: Name
    description: Text = ""
    character: Annotated[str, Field(max_length=128)] = ""
    player: bool = False
    talkativeness: Annotated[float, Field(ge=0, le=1, strict=False)] = 0.5


class LineTable(_Table):
    """The schema of ``[[lines]]``."""

    speaker: MaybeName = ""
    text: Text


class SceneFile(_Table):
    """The schema of a scene file."""

    name: Name
    language: Annotated[str, AfterValidator(checked_language)] = "en"
    setting: Text = ""
    memory: Memory = "own"
    order: Order = "manual"
    narrator: Name = "Narrator"
    passer_by: Name = "Passer-by"
    pending: bool = True
    candidates: Annotated[int, Field(ge=1, le=8)] = 1
    sampling: dict[str, JsonValue] = {}
    cast: Annotated[list[MemberTable], Field(min_length=1, max_length=MAX_CAST)]
    lines: Annotated[list[LineTable], Field(max_length=MAX_LINES)] = []

    @field_validator("sampling")
    @classmethod
    def _known_sampling(cls, value: dict[str, JsonValue]) -> dict[str, object]:
        return sampling_values(value)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        seen: set[str] = set()
        for name in (*(member.name for member in self.cast), self.narrator, self.passer_by):
            if folded(name) in seen:
                raise ValueError(f"the name {name} stands there twice")
            seen.add(folded(name))
        return self


def parse(scene_id: str, source: str) -> Scene:
    """Parse a scene from TOML. Raises ValueError with one line per problem."""
    table = load_toml(source)
    try:
        found = SceneFile.model_validate(table)
    except ValidationError as error:
        raise ValueError("\n".join(problems_of(error, source, SceneFile.model_fields))) from None
    values = found.model_dump()
    values["cast"] = tuple(Member(**member) for member in values["cast"])
    values["lines"] = tuple(SceneLine(**line) for line in values["lines"])
    return Scene(id=scene_id, series=scene_id.rpartition("/")[0], **values)


def write(scene: Scene) -> str:
    """Return the scene as TOML, without default values."""
    usual = Scene(id="", name="")
    plain = ("language", "setting", "memory", "order", "narrator", "passer_by", "pending", "candidates")
    lines = [f"name = {toml_string(scene.name)}"]
    lines += [
        f"{key} = {_value(getattr(scene, key))}" for key in plain if getattr(scene, key) != getattr(usual, key)
    ]  # fmt: skip
    if scene.sampling:
        lines += ["", "[sampling]", *(f"{key} = {_value(value)}" for key, value in scene.sampling.items())]
    ordinary = Member(name="")
    for member in scene.cast:
        lines += ["", "[[cast]]", f"name = {toml_string(member.name)}"]
        for key in ("description", "character", "player", "talkativeness"):
            if getattr(member, key) != getattr(ordinary, key):
                lines.append(f"{key} = {_value(getattr(member, key))}")
    for line in scene.lines:
        lines += ["", "[[lines]]", f"speaker = {toml_string(line.speaker)}", f"text = {toml_string(line.text)}"]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, str):
        return toml_string(value)
    return json.dumps(list(value) if isinstance(value, tuple) else value)
