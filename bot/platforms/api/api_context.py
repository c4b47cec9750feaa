"""Shared by all routes: authentication, access to the engine, and the limits on a request."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import NamedTuple

from starlette.requests import Request

from bot.chat.completions import Completion, Completions, Direct
from bot.chat.response_tree import ResponseTree
from bot.chat.uploaded_states import UploadedState, UploadedStates
from bot.config.schema import ApiSection
from bot.engine.types import Chunk, Coder
from bot.platforms.api.api_errors import RETRY_SECONDS, ApiError, bad_request
from bot.platforms.api.callers import Caller, Callers
from bot.platforms.api.model_names import ModelNames


class Piece(NamedTuple):
    """A piece of a reply, with the token counts of its prompt."""

    chunk: Chunk
    prompt_tokens: int
    cached_tokens: int
    place: int = 0  # index of the prompt within the request


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiContext:
    """Created once and passed to every route."""

    config: ApiSection
    completions: Completions
    callers: Callers
    names: ModelNames
    responses: ResponseTree
    states: UploadedStates

    async def caller(self, request: Request, model: str = "") -> Caller:
        """Authenticate the caller. Raises ApiError if access is denied or the model is not permitted or not ready."""
        caller = await self.callers.of(request)
        caller.check_model(model or self.names.current)
        if not self.completions.is_ready:
            raise ApiError(503, "model_not_ready", "The model is being loaded.", retry=RETRY_SECONDS)
        return caller

    def given_state(self, caller: Caller, others: Mapping[str, object]) -> UploadedState | None:
        """Return the uploaded state that the request starts from. Raises NotFound, InvalidOption or ApiError."""
        name = others.get("state")
        if name is None or name == "":
            return None
        if not isinstance(name, str):
            raise bad_request("state must be the id of a state that was uploaded to /v1/states.", "state")
        return self.states.get(caller.key.name, name)

    @property
    def fingerprint(self) -> str:
        """Identifies what determines the model's output."""
        return f"fp_{self.completions.info.fingerprint[:12]}"

    @property
    def coder(self) -> Coder:
        """The model's tokenizer."""
        return self.completions.core.engine.coder

    async def encode(self, text: str) -> tuple[int, ...]:
        """Return the tokens of ``text``."""
        return await self.completions.core.encode(text)

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of ``tokens``. Raises InvalidOption if one is not in the vocabulary."""
        self.completions.check_tokens(tokens)
        return self.coder.decode(tokens)

    async def pieces(
        self, caller: Caller, wanted: Completion, place: int = 0, direct: Direct | None = None
    ) -> AsyncGenerator[Piece]:
        """Generate for ``caller``. Raises Busy if a rate limit is exceeded, or ApiError if the prompt is too long.

        ``direct``: takes chunks past this iterator if it can, see Request.
        """
        after = wanted.after
        async with self.callers.admitted(caller, wanted.n):
            if after is not None and after.is_new:  # the beginning is read first
                self._check_size(after.tokens)
            async with self.completions.running(wanted) as run:
                self._check_size(run.prompt_tokens if after is None or after.is_new else len(run.tokens))
                async with aclosing(run.chunks(direct)) as chunks:
                    async for chunk in chunks:
                        yield Piece(chunk, run.prompt_tokens, run.cached_tokens, place)

    def _check_size(self, tokens: int) -> None:
        if tokens > self.config.max_prompt_tokens:
            raise bad_request(
                f"The prompt has {tokens} tokens, and at most {self.config.max_prompt_tokens} are read "
                "([api] max_prompt_tokens).",
                code="context_length_exceeded",
            )
