"""The request body of ``/v1/completions``."""

from typing import Annotated

from pydantic import Field

from bot.platforms.api.api_errors import bad_request
from bot.platforms.api.request_fields import MAX_ANSWERS, GenerationBody

Token = Annotated[int, Field(ge=0)]


class TextBody(GenerationBody):
    """One or several texts, and how they are to be gone on with."""

    prompt: str | list[str] | list[Token] | list[list[Token]] = ""
    echo: bool | None = False
    logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    best_of: Annotated[int, Field(ge=1, le=MAX_ANSWERS)] | None = None
    suffix: str | None = None

    def prompts(self) -> list[str | tuple[int, ...]]:
        """Return the prompts, each a text or a tuple of tokens. Raises ApiError if there is none."""
        if isinstance(self.prompt, str):
            return [self.prompt]
        if not self.prompt:
            raise bad_request("prompt: there is none.", "prompt")
        if all(isinstance(item, int) for item in self.prompt):
            return [tuple(int(str(item)) for item in self.prompt)]
        return [tuple(item) if isinstance(item, list) else str(item) for item in self.prompt]

    def check(self) -> None:
        """Raise ApiError if the request uses unsupported fields or combinations."""
        if self.suffix:
            raise bad_request("suffix is not supported.", "suffix", "unsupported_parameter")
        if (self.best_of or 1) > (self.n or 1) and self.stream:
            raise bad_request("best_of cannot be streamed: which is best is known at the end.", "best_of")
        if (self.best_of or self.n or 1) < (self.n or 1):
            raise bad_request("best_of must not be less than n.", "best_of")
        if len(self.prompts()) * (self.best_of or self.n or 1) > MAX_ANSWERS:
            raise bad_request(f"At most {MAX_ANSWERS} answers, over all prompts.", "n")
