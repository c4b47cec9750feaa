"""Sampling parameters under the names that other servers use, converted to ours."""

import json
import math
from collections.abc import Mapping, Sequence

from bot.engine.types import SamplingParams
from bot.errors import InvalidOption
from bot.parameter import Parameter
from bot.platforms.api.api_errors import bad_request
from bot.sampling import PARAMETERS

BY_NAME: Mapping[str, Parameter] = {item.name: item for item in PARAMETERS}
ALIASES: Mapping[str, str] = {
    "typical": "typical_p", "nsigma": "top_n_sigma", "top_n_sigma": "top_n_sigma",
    "mirostat": "mirostat_mode",
    "repeat_penalty": "repetition_penalty", "rep_pen": "repetition_penalty",
    "repeat_last_n": "repetition_penalty_range", "rep_pen_range": "repetition_penalty_range",
    "sampler_seed": "seed", "custom_token_bans": "banned_tokens", "min_length": "min_tokens",
}  # fmt: skip
MAX_TOKENS = ("max_completion_tokens", "max_tokens", "max_new_tokens", "n_predict", "max_length", "max_output_tokens")
NOT_HERE = {"max_tokens", "logit_bias"}  # handled separately
MAX_BIASES = 1024
MAX_BIAS = 100.0


def read_sampling(
    given: Mapping[str, object], under: Mapping[str, object], *, most: int, default: int
) -> SamplingParams:
    """Return the request's sampling parameters over the defaults in ``under``. Raises ApiError that names the field.

    ``most`` is the upper limit on max_tokens, ``default`` its value if the request names none.
    """
    values = {name: _checked(BY_NAME[name], name, value) for name, value in under.items() if name in BY_NAME}
    for name, value in given.items():
        target = ALIASES.get(name, name)
        if value is not None and target in BY_NAME and target not in NOT_HERE:
            _take(values, target, name, value)
    if (bias := given.get("logit_bias")) is not None:
        biases, banned = _biases(bias)
        values["logit_bias"] = biases
        values["banned_tokens"] = [*_list(values.get("banned_tokens")), *banned]
    if given.get("ignore_eos") is True:
        values["banned_tokens"] = [*_list(values.get("banned_tokens")), 0]
    values["max_tokens"] = _most_tokens(given, most, int(str(values.get("max_tokens", default))))
    return SamplingParams(**{name: _frozen(value) for name, value in values.items()})  # type: ignore[arg-type]


def _take(values: dict[str, object], target: str, name: str, value: object) -> None:
    """Set ``target`` to the equivalent of ``value`` in other programs."""
    if target == "repetition_penalty_range":
        number = _number(BY_NAME[target], name, value)
        if number == 0 and name in ("repeat_last_n", "rep_pen_range"):  # there 0 means off, here the whole context
            values["repetition_penalty"] = 1.0
            return
        value = max(0, number)
    elif target in ("top_k", "top_n_sigma", "mirostat_mode") and isinstance(value, (int, float)) and value < 0:
        value = 0
    elif target == "mirostat_mode" and value == 1:
        value = 2
    elif target == "seed" and isinstance(value, (int, float)) and not 0 <= value <= 2**53:
        values["seed"] = None
        return
    elif target == "dry_sequence_breakers" and isinstance(value, str):
        value = _json_list(value)
    elif target == "dry_allowed_length" and value == 0:
        value = 1
    values[target] = _checked(BY_NAME[target], name, value)


def _checked(item: Parameter, name: str, value: object) -> object:
    if item.kind in ("float", "int") and value is not None:
        return _number(item, name, value)
    try:
        return None if value is None else item.read(value)
    except InvalidOption as error:
        raise bad_request(str(error), name) from None


def _number(item: Parameter, name: str, value: object) -> float:
    """Parse a number within the engine's range, which is wider than the one for chat commands."""
    least, most = item.engine_range
    if name in ("repeat_last_n", "rep_pen_range", "repetition_penalty_range"):
        least = -1
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if isinstance(value, bool) or not least <= number <= most or (item.kind == "int" and number != int(number)):
        what = "a whole number" if item.kind == "int" else "a number"
        raise bad_request(f"{name} must be {what} from {least:g} to {most:g}, not {str(value)[:40]}.", name)
    if item.choices and number not in item.choices:
        raise bad_request(f"{name} must be one of {item.range()}, not {str(value)[:40]}.", name)
    return int(number) if item.kind == "int" else number


def _most_tokens(given: Mapping[str, object], most: int, default: int) -> int:
    for name in MAX_TOKENS:
        value = given.get(name)
        if value is not None:
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            if isinstance(value, bool) or not isinstance(value, int):
                raise bad_request(f"{name} must be a whole number, not {str(value)[:40]}.", name)
            if value < 0:  # llama.cpp: unlimited
                return most
            return min(value, most)
    return min(default, most)


def _biases(value: object) -> tuple[list[object], list[object]]:
    """Return (token, bias) pairs and the banned tokens, from OpenAI's object or llama.cpp's list of pairs."""
    pairs = list(value.items()) if isinstance(value, Mapping) else _list(value)
    if value and not pairs:
        raise bad_request('logit_bias must look like {"261": -100}: token ids and numbers.', "logit_bias")
    if len(pairs) > MAX_BIASES:
        raise bad_request(f"logit_bias: at most {MAX_BIASES} tokens.", "logit_bias")
    biases: list[object] = []
    banned: list[object] = []
    for pair in pairs:
        try:
            token, bias = _list(pair)
            number = int(str(token))
            if bias is False:
                banned.append(number)
                continue
            amount = float(str(bias))
        except (TypeError, ValueError):
            raise bad_request('logit_bias must look like {"261": -100}: token ids and numbers.', "logit_bias") from None
        if not -MAX_BIAS <= amount <= MAX_BIAS:
            raise bad_request(f"logit_bias must be between -100 and 100, not {amount:g}.", "logit_bias")
        biases.append((number, amount))
    return biases, banned


def _json_list(text: str) -> Sequence[object]:
    """Parse a list that a client sent as text, in JSON or comma-separated."""
    try:
        found = json.loads(text)
    except ValueError:
        return text.split(",")
    return found if isinstance(found, list) else [text]


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(tuple(item) if isinstance(item, list) else item for item in value)
    return value
