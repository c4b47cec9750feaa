"""A sampling parameter: its kind, its range, and how its value is parsed."""

import math
from dataclasses import dataclass
from typing import Literal

from bot.engine.types import SamplingParams
from bot.errors import InvalidOption

Kind = Literal["float", "int", "bool", "texts", "ids", "biases"]
# draw: how a token is chosen, with a sampler column each; repetition: penalties on what was written.
Group = Literal["draw", "repetition", "tokens", "length"]
YES = ("1", "true", "yes", "on", "是", "はい")
NO = ("0", "false", "no", "off", "否", "いいえ")
MAX_TOKEN_ID = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A field of SamplingParams: what users may set, and what the engine accepts."""

    name: str
    kind: Kind
    group: Group
    help: str  # translatable, one plain sentence
    minimum: float = 0.0
    maximum: float = 1.0
    engine: tuple[float, float] | None = None  # the engine's own range, if wider
    choices: tuple[int, ...] = ()  # permitted values of a number
    most: int = 64  # limit on the items of a list
    short: tuple[str, ...] = ()

    @property
    def default(self) -> object:
        """The default in SamplingParams."""
        return SamplingParams.__dataclass_fields__[self.name].default

    @property
    def engine_range(self) -> tuple[float, float]:
        """The range that the engine accepts."""
        return self.engine or (self.minimum, self.maximum)

    def range(self) -> str:
        """Return the permitted values in a language-neutral form for error messages."""
        if self.choices:
            return ", ".join(map(str, self.choices))
        match self.kind:
            case "float" | "int":
                return f"{self.minimum:g} – {self.maximum:.16g}"
            case "bool":
                return "on, off"
            case "texts":
                return "a,b,c"
            case "ids":
                return "11,261 (token, token)"
            case "biases":
                return "11:-2.5,261:1 (token:bias)"

    def read(self, value: object) -> object:  # returns the field's type
        """Parse a value from text or JSON. Raises InvalidOption that names the range."""
        try:
            return self._converted(value)
        except (ValueError, TypeError, OverflowError):
            message = "{name} must be {range}, not {value}."
            raise InvalidOption(message, name=self.name, range=self.range(), value=str(value)[:40] or '""') from None

    def _converted(self, value: object) -> object:
        if self.kind == "bool":
            return _switch(value)
        if self.kind in ("float", "int"):
            if isinstance(value, bool):
                raise ValueError
            number = value if isinstance(value, (int, float)) else _number(str(value).replace("，", ""))
            if not math.isfinite(number) or not self.minimum <= number <= self.maximum:
                raise ValueError
            if self.kind == "float":
                return float(number)
            if number != int(number) or (self.choices and number not in self.choices):
                raise ValueError
            return int(number)
        return self._items(value)

    def _items(self, value: object) -> list[object]:
        parts = list(value) if isinstance(value, (list, tuple)) else [part for part in str(value).split(",") if part]
        if len(parts) > self.most:
            message = "{name} takes at most {most} values, not {count}."
            raise InvalidOption(message, name=self.name, most=self.most, count=len(parts))
        if self.kind == "texts":
            return [_unescaped(str(part)) for part in parts if str(part)]
        if self.kind == "ids":
            return [_token(part) for part in parts]
        pairs = [part if isinstance(part, (list, tuple)) else str(part).rsplit(":", 1) for part in parts]
        return [[_token(token), _bias(bias)] for token, bias in pairs]


def _number(text: str) -> float:
    """Parse whole numbers exactly: a float would round a large seed."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def _switch(value: object) -> bool:
    word = str(value).strip().casefold()
    if word not in (*YES, *NO):
        raise ValueError
    return word in YES


def _token(value: object) -> int:
    token = int(str(value))
    if not 0 <= token < MAX_TOKEN_ID:
        raise ValueError
    return token


def _bias(value: object) -> float:
    bias = float(str(value))
    if not -1000 <= bias <= 1000:  # also refuses nan
        raise ValueError
    return bias


def _unescaped(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t")
