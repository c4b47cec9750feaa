"""Base for validated platform payloads: unknown fields are ignored, and null counts as missing."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator


class WireModel(BaseModel):
    """A value in a frame or an event."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: object) -> object:
        return {name: each for name, each in value.items() if each is not None} if isinstance(value, dict) else value


def storable(text: str) -> str:
    """Remove NULs and replace lone surrogates, which databases reject."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


def id_within(longest: int) -> BeforeValidator:
    """Validate an id, a number or a string, and cut it to ``longest`` characters."""

    def check(value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise ValueError("an id is a number or a string")
        return storable(str(value)[:longest])

    return BeforeValidator(check)


def _as_text(value: object) -> str:
    return "" if value is None else storable(str(value))


Text = Annotated[str, BeforeValidator(_as_text)]
