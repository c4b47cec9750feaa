"""Fields common to the bodies of chat and text completions. Unknown fields are ignored."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.engine.types import FinishReason
from bot.platforms.api.api_errors import bad_request

MAX_ANSWERS = 128
MAX_STOPS = 48  # more than OpenAI's four: role-play clients send every name, editors every keyword
MAX_STOP_LENGTH = 500  # characters
FINISH: dict[FinishReason, str] = {
    "stop": "stop", "eos": "stop", "length": "length", "timeout": "length", "cancelled": "stop",
}  # fmt: skip


class StreamOptions(BaseModel):
    """How a stream ends."""

    model_config = ConfigDict(extra="ignore")
    include_usage: bool = False


class GenerationBody(BaseModel):
    """The fields that both have. Sampling parameters are among the others, by any of their names."""

    model_config = ConfigDict(extra="allow")
    model: Annotated[str, Field(max_length=256), BeforeValidator(lambda given: given or "")] = ""
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Annotated[int, Field(ge=1, le=MAX_ANSWERS)] | None = 1
    stop: str | list[str] | None = None

    @property
    def others(self) -> dict[str, object]:
        """The undeclared fields, with those of ai00's ``sampler`` merged in."""
        given = dict(self.model_extra or {})
        sampler = given.pop("sampler", None)
        return {**_of_sampler(sampler), **given} if isinstance(sampler, dict) else given

    @property
    def includes_usage(self) -> bool:
        """Whether the stream ends with the token usage."""
        return self.stream_options is not None and self.stream_options.include_usage

    def stops(self) -> tuple[str, ...]:
        """Return the stop texts, under any of their field names. Raises ApiError."""
        given: list[object] = []
        for name in ("stop", "stopping_strings", "stop_sequence"):
            value = self.stop if name == "stop" else self.others.get(name)
            given += value if isinstance(value, list) else [value]
        texts = [item for item in given if item is not None and item != ""]
        if len(texts) > MAX_STOPS or any(not isinstance(text, str) or len(text) > MAX_STOP_LENGTH for text in texts):
            message = f"stop: at most {MAX_STOPS} texts of at most {MAX_STOP_LENGTH} characters each."
            raise bad_request(message, "stop")
        return tuple(dict.fromkeys(str(text) for text in texts))


def _of_sampler(sampler: dict[str, object]) -> dict[str, object]:
    """Translate ai00's sampler to common parameter names. Raises ApiError if its type is unknown."""
    kind = sampler.get("type", "Nucleus")
    names = {"tau": "typical_p"} if kind == "Typical" else {"tau": "mirostat_tau", "rate": "mirostat_eta"}
    values = {names.get(name, name): value for name, value in sampler.items() if name != "type"}
    match kind:
        case "Nucleus" | "Typical":
            return values
        case "Mirostat":
            return {**values, "mirostat_mode": 2}
    raise bad_request("sampler.type must be Nucleus, Typical or Mirostat.", "sampler")


def refuse(others: dict[str, object], *names: str) -> None:
    """Raise ApiError if the request uses one of these fields: ignoring them would silently change the result."""
    for name in names:
        if others.get(name):
            raise bad_request(f"{name} is not supported.", name, "unsupported_parameter")
