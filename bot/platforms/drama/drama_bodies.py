"""Request bodies of RWKV-Drama's pages: unknown fields are ignored, numbers are clamped to the supported range."""

import math
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.sampling import find_parameter

MAX_MAGNITUDE = 10**9  # bound on the absolute value of any number
MAX_TEXT_LENGTH = 100_000  # characters
MAX_NAMES = 64
MAX_LINES = 8
MAX_TOKENS = 2048
FIELDS = ("top_p", "top_k", "temperature", "presence_penalty", "frequency_penalty")
Text = Annotated[str, Field(max_length=MAX_TEXT_LENGTH)]
Name = Annotated[str, Field(max_length=100)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore")


class ConfigBody(_Body):
    """Sampling settings for lines. ``turns`` and ``options`` are used by the page only."""

    top_p: float = 0.7
    top_k: int = 0
    temperature: float = 2.0
    presence_penalty: float = 0.5
    frequency_penalty: float = 0.5
    max_token: int = 999
    turns: int = 1
    min_len: int = 0

    @field_validator("*", mode="after")
    @classmethod
    def _within_reason(cls, value: float) -> float:
        nothing = isinstance(value, float) and math.isnan(value)
        return 0 if nothing else max(-MAX_MAGNITUDE, min(value, MAX_MAGNITUDE))

    def sampling(self, least: int) -> dict[str, object]:
        """Return the settings as options of ``speak``. ``least``: minimum number of tokens per line."""
        values: dict[str, object] = {name: _within(name, getattr(self, name)) for name in FIELDS}
        most = max(1, min(self.max_token, MAX_TOKENS))
        return values | {"max_tokens": most, "min_tokens": max(1, min(least, most))}


class ScenarioBody(_Body):
    """场景剧本.json."""

    ScenarioSeries: Name = ""
    ScenarioName: Name = ""
    Prompt: Text = ""
    Example: Text = ""
    CharacterData: dict[str, Annotated[list[Name], Field(max_length=MAX_NAMES)]] = {}


class LineBody(_Body):
    """A line written by a user."""

    InputTag: Name = ""
    Message: Text = ""
    Character: Name = ""


class GenerateBody(_Body):
    """A request to generate lines."""

    Character: Name = ""
    StartWith: Text = ""
    Lines: int = 1
    MinLength: int = 0
    Cfg: ConfigBody | None = None

    @property
    def lines(self) -> int:
        """The number of lines to generate in a row."""
        return max(1, min(self.Lines, MAX_LINES))


def changed(config: ConfigBody, query: Mapping[str, str]) -> ConfigBody:
    """Return ``config`` updated from the query string; -1 keeps a value. Raises ValidationError."""
    given = {name: value for name, value in query.items() if name in ConfigBody.model_fields and value != "-1"}
    return ConfigBody.model_validate(config.model_dump() | given)


def _within(name: str, value: float) -> float:
    found = find_parameter(name)
    return value if found is None else type(value)(max(found.minimum, min(value, found.maximum)))
