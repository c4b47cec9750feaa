"""A request to the engine in transit: JSON, validated on arrival."""

import json
from dataclasses import asdict
from hashlib import blake2b
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.engine.types import Grammar, Guidance, Request, SamplingParams, StateHandle

MAX_TOKENS = 1 << 20  # per list
MAX_NAME_LENGTH = 128  # characters of a state's name
MAX_KEY_LENGTH = 512  # characters of an owner's name, used for fair sharing
MAX_TEXT_LENGTH = 1 << 17
MAX_NAMES = 10_000
MODEL_HEADER = "X-Roost-Model"  # the fingerprint of the model that a request is meant for

Token = Annotated[int, Field(ge=0, lt=1 << 31)]
Tokens = Annotated[tuple[Token, ...], Field(max_length=MAX_TOKENS)]
StateName = Annotated[str, Field(pattern=r"^[0-9a-z_]+$", max_length=MAX_NAME_LENGTH)]
Key = Annotated[str, Field(max_length=MAX_KEY_LENGTH)]
Text = Annotated[str, Field(max_length=MAX_TEXT_LENGTH)]


class Body(BaseModel):
    """The base of what a bot sends. Unknown keys are errors: a bot that sends them is newer than this engine."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GuidanceBody(Body):
    """A request's guidance."""

    tokens: Tokens
    factor: float
    state: StateName | None = None


class GrammarBody(Body):
    """A request's grammar."""

    kind: Literal["json", "regex", "ebnf"]
    text: Text


class RequestBody(Body):
    """A request that refers to its states by name."""

    tokens: Tokens
    sampling: SamplingParams
    state: StateName | None = None
    stop: Annotated[tuple[Text, ...], Field(max_length=64)] = ()
    n: Annotated[int, Field(ge=1, le=1024)] = 1
    guidance: GuidanceBody | None = None
    history: Tokens = ()
    grammar: GrammarBody | None = None
    forced: Tokens = ()
    scores: Annotated[int, Field(ge=0, le=20)] | None = None
    channel: Key = ""
    user: Key = ""
    address: Key = ""
    service: Literal["chat", "api"] = "chat"
    timeout: Annotated[float, Field(gt=0)] | None = None

    def request(self, state: StateHandle | None, guidance_state: StateHandle | None) -> Request:
        """Convert to the engine's request, with the states that the names refer to."""
        guidance, grammar = self.guidance, self.grammar
        return Request(
            tokens=self.tokens, sampling=self.sampling, state=state, stop=self.stop, n=self.n,
            guidance=None if guidance is None
            else Guidance(tokens=guidance.tokens, factor=guidance.factor, state=guidance_state),
            history=self.history,
            grammar=None if grammar is None else Grammar(grammar.kind, grammar.text), forced=self.forced,
            scores=self.scores,
            channel=self.channel, user=self.user, address=self.address, service=self.service, timeout=self.timeout,
        )  # fmt: skip


class CancelBody(Body):
    """The channel whose replies are to end."""

    channel: Key


class NamesBody(Body):
    """Names of states."""

    names: Annotated[tuple[StateName, ...], Field(max_length=MAX_NAMES)]


class RenameBody(Body):
    """The name under which to keep a state."""

    state: StateName
    name: StateName


_SAMPLING = TypeAdapter(SamplingParams)
_NAMES = sorted([MODEL_HEADER, *RequestBody.model_fields, *SamplingParams.__dataclass_fields__])
PROTOCOL = blake2b(" ".join(_NAMES).encode(), digest_size=6).hexdigest()  # equal if both sides know the same keys


def encode_request(request: Request, state: str | None, guidance_state: str | None) -> bytes:
    """Encode ``request`` for a replica that knows its states by these names."""
    guidance, grammar = request.guidance, request.grammar
    form = {
        "tokens": request.tokens, "sampling": _SAMPLING.dump_python(request.sampling), "state": state,
        "stop": request.stop, "n": request.n,
        "guidance": guidance and {"tokens": guidance.tokens, "factor": guidance.factor, "state": guidance_state},
        "history": request.history, "grammar": grammar and asdict(grammar),
        "forced": request.forced, "scores": request.scores, "channel": request.channel, "user": request.user,
        "address": request.address, "service": request.service, "timeout": request.timeout,
    }  # fmt: skip
    return json.dumps(form, separators=(",", ":")).encode()
