"""The sampling parameters that people may set, their ranges and short names: for `set`, `-temp=0.8` and presets."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.errors import InvalidOption

Kind = Literal["float", "int", "bool", "texts", "ids", "biases"]
YES = ("1", "true", "yes", "on", "是", "はい")
NO = ("0", "false", "no", "off", "否", "いいえ")
MOST_ITEMS = 64  # of a list
LARGEST_TOKEN = 1 << 20


@dataclass(frozen=True, slots=True)
class Parameter:
    """One field of SamplingParams as people write it."""

    name: str
    kind: Kind
    minimum: float = 0.0
    maximum: float = 1.0
    short: tuple[str, ...] = ()

    def range(self) -> str:
        """What is allowed, as an error tells it in any language."""
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

    def read(self, value: object) -> Any:
        """The value of a text (or of JSON). Raises InvalidOption that names the range."""
        try:
            return self._converted(value)
        except (ValueError, TypeError, OverflowError):
            message = "{name} must be {range}, not {value}."
            raise InvalidOption(message, name=self.name, range=self.range(), value=str(value)[:40] or '""') from None

    def _converted(self, value: object) -> Any:
        if self.kind == "bool":
            return _switch(value)
        if self.kind in ("float", "int"):
            if isinstance(value, bool):
                raise ValueError
            number = float(value) if isinstance(value, (int, float)) else float(str(value).replace("，", ""))
            if not math.isfinite(number) or not self.minimum <= number <= self.maximum:
                raise ValueError
            if self.kind == "float":
                return number
            if number != int(number):
                raise ValueError
            return int(number)
        return self._items(value)

    def _items(self, value: object) -> list[Any]:
        parts = list(value) if isinstance(value, (list, tuple)) else [part for part in str(value).split(",") if part]
        if len(parts) > MOST_ITEMS:
            raise ValueError
        if self.kind == "texts":
            return [_unescaped(str(part)) for part in parts if str(part)]
        if self.kind == "ids":
            return [_token(part) for part in parts]
        pairs = [part if isinstance(part, (list, tuple)) else str(part).rsplit(":", 1) for part in parts]
        return [[_token(token), _bias(bias)] for token, bias in pairs]


def _switch(value: object) -> bool:
    word = str(value).strip().casefold()
    if word not in (*YES, *NO):
        raise ValueError
    return word in YES


def _token(value: object) -> int:
    token = int(str(value))
    if not 0 <= token < LARGEST_TOKEN:
        raise ValueError
    return token


def _bias(value: object) -> float:
    bias = float(str(value))
    if not -1000 <= bias <= 1000:  # also refuses nan
        raise ValueError
    return bias


def _unescaped(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t")


PARAMETERS = (
    Parameter("temperature", "float", 0, 5, ("temp", "t")),
    Parameter("top_p", "float", 0, 1, ("topp",)),
    Parameter("top_k", "int", 0, 1000, ("topk",)),
    Parameter("min_p", "float", 0, 1, ("minp",)),
    Parameter("typical_p", "float", 0, 1, ("typical",)),
    Parameter("top_n_sigma", "float", 0, 10, ("sigma",)),
    Parameter("mirostat_mode", "int", 0, 2, ("mirostat",)),
    Parameter("mirostat_tau", "float", 0, 20, ("tau",)),
    Parameter("mirostat_eta", "float", 0, 1, ("eta",)),
    Parameter("xtc_threshold", "float", 0, 1),
    Parameter("xtc_probability", "float", 0, 1, ("xtc",)),
    Parameter("dry_multiplier", "float", 0, 10, ("dry",)),
    Parameter("dry_base", "float", 1, 4),
    Parameter("dry_allowed_length", "int", 1, 100),
    Parameter("dry_sequence_breakers", "texts"),
    Parameter("presence_penalty", "float", -2, 5, ("presence", "pres")),
    Parameter("frequency_penalty", "float", -2, 5, ("frequency", "freq")),
    Parameter("penalty_decay", "float", 0, 1, ("decay",)),
    Parameter("penalty_exempt_numbers", "bool"),
    Parameter("repetition_penalty", "float", 0.5, 3, ("rep", "repeat")),
    Parameter("repetition_penalty_range", "int", 0, 8192),
    Parameter("logit_bias", "biases", short=("bias",)),
    Parameter("banned_tokens", "ids", short=("ban", "token_ban")),
    Parameter("newline_schedule", "bool"),
    Parameter("no_repeat_punctuation", "bool"),
    Parameter("min_tokens", "int", 0, 1024),
    Parameter("max_tokens", "int", 1, 4096, ("max", "tokens", "length")),
    Parameter("seed", "int", 0, 2**53),
)
BY_NAME: Mapping[str, Parameter] = {name: item for item in PARAMETERS for name in (item.name, *item.short)}


def find_parameter(name: str) -> Parameter | None:
    """The parameter of that name or short name."""
    return BY_NAME.get(name.casefold().replace("-", "_"))


def require_parameter(name: str) -> Parameter:
    """The same; raises InvalidOption that names the nearest."""
    found = find_parameter(name)
    if found is None:
        near = difflib.get_close_matches(name.casefold(), BY_NAME, n=1, cutoff=0.4)
        if near:
            raise InvalidOption('There is no setting "{name}". Did you mean "{near}"?', name=name[:40], near=near[0])
        raise InvalidOption('There is no setting "{name}". The command "settings" lists them.', name=name[:40])
    return found


def checked_sampling(values: Mapping[str, object]) -> dict[str, Any]:
    """Outsiders' sampling parameters (an import, a plugin), by their full names. Raises InvalidOption."""
    found = {require_parameter(name): value for name, value in values.items()}
    return {item.name: item.read(value) for item, value in found.items() if value is not None}
