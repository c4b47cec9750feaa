"""Scene facts in an exported conversation. Files are untrusted, so every field is bounded."""

import typing
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.library.scenes.scene_definition import MAX_CAST, Memory, Order
from bot.store.node import SceneFacts

Name = Annotated[str, Field(max_length=64)]
Text = Annotated[str, Field(max_length=100_000)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore")


class RoleRecord(_Record):
    """A member of the cast."""

    name: Name
    text: Text = ""
    player: bool = False
    talkativeness: Annotated[float, Field(ge=0, le=1)] = 0.5
    character: Annotated[str, Field(max_length=128)] = ""
    picture: bool = False


class RulesRecord(_Record):
    """A scene without its cast and lines. Sampling is not imported: it is the owner's choice."""

    id: Annotated[str, Field(max_length=300)] = ""
    name: Name = ""
    series: Annotated[str, Field(max_length=200)] = ""
    language: Annotated[str, Field(max_length=16)] = "en"
    setting: Text = ""
    memory: Memory = "own"
    order: Order = "manual"
    narrator: Name = "Narrator"
    passer_by: Name = "Passer-by"
    pending: bool = True
    candidates: Annotated[int, Field(ge=1, le=8)] = 1


class SceneRecord(_Record):
    """SceneFacts in a file."""

    rules: RulesRecord | None = None
    cast: Annotated[list[RoleRecord], Field(max_length=MAX_CAST)] | None = None
    heard: Annotated[list[Name], Field(max_length=MAX_CAST)] | None = None
    whisper: bool | None = None
    origin: Literal["opening", "edited"] | None = None
    enter: RoleRecord | None = None
    leave: Name | None = None

    def facts(self) -> SceneFacts:
        """Return the facts as stored with a turn."""
        return typing.cast("SceneFacts", self.model_dump(exclude_none=True))
