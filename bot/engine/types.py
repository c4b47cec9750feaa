"""The engine's vocabulary: what is asked of it and what comes back. Free of torch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

FinishReason = Literal["stop", "eos", "length", "cancelled", "timeout"]


class EngineError(Exception):
    """The engine could not finish a reply (an accident, not the asker's fault): logged, the user is told an id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingParams:
    """How the next token is drawn. Names and neutral values are text-generation-webui's where it has the parameter."""

    temperature: float = 1.0  # 0 is greedy
    top_p: float = 1.0  # cut before the temperature, as rwkv.utils does
    top_k: int = 0  # 0: off
    min_p: float = 0.0
    typical_p: float = 1.0
    top_n_sigma: float = 0.0  # 0: off
    mirostat_mode: int = 0  # 0 or 2
    mirostat_tau: float = 5.0
    mirostat_eta: float = 0.1
    mirostat_decay: float = 0.0  # eta shrinks by it while a surprise is ten times tau (RWKV_Role_Playing: 0.01)
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
    repetition_penalty_range: int = 1024  # how many of the last tokens the penalties and DRY look at; 0: all
    logit_bias: tuple[tuple[int, float], ...] = ()  # (token id, added to its logit)
    banned_tokens: tuple[int, ...] = ()
    newline_schedule: bool = False  # ChatRWKV chat's newline_adj: long replies are led to their end
    no_repeat_punctuation: bool = False  # a punctuation mark just written is not written again
    min_tokens: int = 0  # no stop and no end of text before this many
    max_tokens: int = 512  # 0: only read, generate nothing
    seed: int | None = None  # None: drawn by the engine and reported in Stats


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """Classifier-free guidance: logits = unguided + factor * (guided - unguided), each sampled token fed to both rows.

    factor 0 answers without the context, 1 with it, above 1 pushes further towards it.
    """

    tokens: tuple[int, ...]  # the prompt without the context, read from the zero state or from `state`
    factor: float
    state: "StateHandle | None" = None


class StateHandle:
    """An opaque, immutable reference to a state that lives with the engine. Dropping the last reference frees it."""

    __slots__ = ("__weakref__", "_state", "nbytes")

    def __init__(self, state: object, nbytes: int) -> None:
        self._state = state  # only the engine's thread looks inside
        self.nbytes = nbytes


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a reply has to look like: a JSON schema, a regular expression, or a grammar in GBNF or Lark."""

    kind: Literal["json", "regex", "ebnf"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenScore:
    """How likely the model found a token, and the likeliest ones in its place, best first."""

    token: int
    data: bytes  # its text; may be a part of a character
    logprob: float
    top: tuple[tuple[int, bytes, float], ...] = ()  # id, text, logprob


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One piece of work: read ``tokens`` after ``state``, then write ``n`` replies.

    A conversation keeps, for each turn, the state BEFORE the last token of its path, and feeds that token first on
    resume: ``tokens = (last token of the path, *new tokens)``. So no logits are stored, and a resumed reply is the
    same as an uninterrupted one.
    """

    tokens: tuple[int, ...]  # at least one
    sampling: SamplingParams = field(default_factory=SamplingParams)
    state: StateHandle | None = None  # None: the model's initial state
    stop: tuple[str, ...] = ()  # never part of the text that is returned
    n: int = 1
    guidance: Guidance | None = None
    history: tuple[int, ...] = ()  # tokens before `tokens` that repetition_penalty and DRY should see
    beginning: str = ""  # what each reply has to begin with, in tokens of the model's choice
    grammar: Grammar | None = None  # that each reply has to keep
    forced: tuple[int, ...] = ()  # the first tokens of each reply, whatever the model would have written
    scores: int | None = None  # report each token's log-probability, with so many of the likeliest; None: do not
    channel: str = ""  # for fairness, as are the next three; "": nobody in particular
    user: str = ""
    address: str = ""  # of the network, or of its owner, that the request came from
    service: Literal["chat", "api"] = "chat"
    timeout: float | None = None  # seconds, from the moment it is accepted


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

    ``finish_reason`` is set on the last chunk only; with it come ``tokens`` (exactly those of the text: what was
    generated past a stop string is cut), ``state`` (the state before the last token of request.tokens + tokens) and
    ``stats``. A reply that fails raises from the stream instead.
    """

    text: str  # whole characters only, never a part of a stop string
    index: int = 0  # which of the n candidates
    finish_reason: FinishReason | None = None
    tokens: tuple[int, ...] = ()
    scores: tuple[TokenScore, ...] = ()  # of the tokens that this piece completes, where they were asked for
    state: StateHandle | None = None
    stats: Stats | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """What model is running. ``fingerprint`` names weights, precision and tokenizer: states of another one differ."""

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
    """A momentary view for ``status`` and the metrics."""

    rows_running: int
    rows_limit: int
    queue_length: int
    queue_limit: int
    tokens_per_second: float  # written, over the last ten seconds
    tokens_read: int  # since start
    tokens_written: int
    state: Literal["loading", "ready", "failed", "closed"] = "ready"


class Coder(Protocol):
    """Text to token ids and back."""

    vocab_size: int

    def encode(self, text: str) -> list[int]:
        """Token ids of ``text``. No special token is ever produced from text."""

    def decode(self, tokens: Sequence[int]) -> str:
        """Text of ``tokens``; bytes that are not UTF-8 become U+FFFD."""

    def decode_bytes(self, tokens: Sequence[int]) -> bytes:
        """The exact bytes of ``tokens``."""
