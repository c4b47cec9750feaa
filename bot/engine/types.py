"""The engine's request and result types. Free of torch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

FinishReason = Literal["stop", "eos", "length", "cancelled", "timeout"]


class EngineError(Exception):
    """The engine could not finish a reply through no fault of the requester: it is logged, and the user gets an id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingParams:
    """How the next token is drawn. Names and neutral values follow text-generation-webui if it has the parameter."""

    temperature: float = 1.0  # 0 is greedy
    top_p: float = 1.0  # applied before the temperature, as in rwkv.utils
    top_k: int = 0  # 0: off
    min_p: float = 0.0
    typical_p: float = 1.0
    top_n_sigma: float = 0.0  # 0: off
    mirostat_mode: int = 0  # 0 or 2
    mirostat_tau: float = 5.0
    mirostat_eta: float = 0.1
    mirostat_decay: float = 0.0  # shrinks eta while a surprise exceeds ten times tau (RWKV_Role_Playing: 0.01)
    xtc_threshold: float = 0.1
    xtc_probability: float = 0.0
    dry_multiplier: float = 0.0
    dry_base: float = 1.75
    dry_allowed_length: int = 2
    dry_sequence_breakers: tuple[str, ...] = ("\n", ":", '"', "*")
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    penalty_decay: float = 1.0  # each token's count is multiplied by this at every step (ChatRWKV: 0.996)
    penalty_exempt_numbers: bool = True  # digits and spaces are not counted, as in ChatRWKV
    repetition_penalty: float = 1.0
    repetition_penalty_range: int = 1024  # last tokens considered by the penalties and DRY; 0: all
    logit_bias: tuple[tuple[int, float], ...] = ()  # (token id, value added to its logit)
    banned_tokens: tuple[int, ...] = ()
    newline_schedule: bool = False  # ChatRWKV chat's newline_adj: nudges long replies towards their end
    no_repeat_punctuation: bool = False  # a punctuation mark just written is not written again
    min_tokens: int = 0  # no stop and no end of text before this many
    max_tokens: int = 512  # 0: only read, generate nothing
    seed: int | None = None  # None: drawn by the engine and reported in Stats


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """Classifier-free guidance: logits = unguided + factor * (guided - unguided), each sampled token fed to both rows.

    A factor of 0 ignores the context, 1 uses it as is, and above 1 amplifies it.
    """

    tokens: tuple[int, ...]  # the prompt without the context, read from the initial state or from `state`
    factor: float
    state: "StateHandle | None" = None


class StateHandle:
    """An opaque, immutable reference to a state inside the engine. Dropping the last reference frees it."""

    __slots__ = ("__weakref__", "_state", "nbytes")

    def __init__(self, state: object, nbytes: int) -> None:
        self._state = state  # only the engine's thread looks inside
        self.nbytes = nbytes


@dataclass(frozen=True, slots=True)
class Grammar:
    """The required form of a reply: a JSON schema, a regular expression, or a grammar in GBNF or Lark."""

    kind: Literal["json", "regex", "ebnf"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenScore:
    """The log-probability of a token, and the most likely alternatives, best first."""

    token: int
    data: bytes  # its text; may be part of a character
    logprob: float
    top: tuple[tuple[int, bytes, float], ...] = ()  # id, text, logprob


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One unit of work: read ``tokens`` after ``state``, then write ``n`` replies.

    A conversation keeps, for each turn, the state BEFORE the last token of its path, and feeds that token first on
    resume: ``tokens = (last token of the path, *new tokens)``. So no logits are stored, and a resumed reply is the
    same as an uninterrupted one.
    """

    tokens: tuple[int, ...]  # at least one
    sampling: SamplingParams = field(default_factory=SamplingParams)
    state: StateHandle | None = None  # None: the model's initial state
    stop: tuple[str, ...] = ()  # never part of the returned text
    n: int = 1
    guidance: Guidance | None = None
    history: tuple[int, ...] = ()  # tokens before `tokens` that repetition_penalty and DRY should consider
    grammar: Grammar | None = None  # grammar that each reply must follow
    forced: tuple[int, ...] = ()  # the first tokens of each reply, whatever the model predicts
    scores: int | None = None  # report each token's log-probability and this many alternatives; None: no scores
    channel: str = ""  # for fair sharing, as are the next three; "": no owner
    user: str = ""
    address: str = ""  # network address that the request came from, or its owner
    service: Literal["chat", "api"] = "chat"
    timeout: float | None = None  # seconds, from the moment the request is accepted
    # Offered each chunk but the last while the stream's reader waits; if it returns True, the reader does not get the
    # chunk. A call costs less than waking the reader. Must not raise. Engines may ignore it.
    direct: "Callable[[Chunk], bool] | None" = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What one reply cost."""

    tokens_read: int  # prompt tokens that the model read
    tokens_written: int = 0
    queue_seconds: float = 0.0
    prefill_seconds: float = 0.0
    decode_seconds: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a reply. The concatenated ``text`` of a candidate equals the decoded ``tokens`` of its last chunk.

    ``finish_reason`` is set on the last chunk only, together with ``tokens`` (exactly those of the text: anything
    generated past a stop string is cut), ``state`` (the state before the last token of request.tokens + tokens) and
    ``stats``. A reply that fails raises from the stream instead.
    """

    text: str  # whole characters only, never part of a stop string
    index: int = 0  # index of the candidate
    finish_reason: FinishReason | None = None
    tokens: tuple[int, ...] = ()
    scores: tuple[TokenScore, ...] = ()  # of the tokens that this piece completes, if requested
    state: StateHandle | None = None
    stats: Stats | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """The running model. ``fingerprint`` identifies weights, precision and tuned state, and thus which states fit."""

    name: str
    version: str  # "4", "5.0", "5.1", "5.2", "6", "7", "7a"
    fingerprint: str
    vocab_size: int
    layers: int
    width: int
    precision: str
    device: str
    state_bytes: int
    weight_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """A snapshot of the load, for ``status`` and the metrics."""

    rows_running: int
    rows_limit: int
    queue_length: int
    queue_limit: int
    tokens_per_second: float  # written, over the last ten seconds
    tokens_read: int  # since the start
    tokens_written: int
    state: Literal["loading", "ready", "draining", "failed", "closed"] = "ready"


class Coder(Protocol):
    """Text to token ids and back."""

    vocab_size: int

    def encode(self, text: str) -> list[int]:
        """Encode ``text``. Text never encodes to a special token."""

    def decode(self, tokens: Sequence[int]) -> str:
        """Decode ``tokens``; bytes that are not valid UTF-8 become U+FFFD."""

    def decode_bytes(self, tokens: Sequence[int]) -> bytes:
        """Return the exact bytes of ``tokens``."""
