"""Hand-written fakes. FakeEngine's reply is a pure function of all tokens read and the seed."""

import asyncio
import hashlib
import json
import math
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.engine.types import Chunk, EngineInfo, EngineStatus, FinishReason, Request, StateHandle, Stats, TokenScore
from bot.errors import Busy, ModelError

# Token ids: 0 is the end of text, 1..256 the bytes, then whole words. No word contains a stop string of the prompts.
WORDS = (
    "\n\n", " the", " owl", " sat", " in", " a", " tree", " and", " said", " hello", " to", " you", ".", ",", " it",
    " is", " warm", " here", " today", " friend", " moon", " river", " song", " of", " small", " wings", "!", " why",
    " not", " fly", " home", " again", " 你好", " 鸟", "。", " こんにちは", " 🦉", "User:", " Assistant:",
)  # fmt: skip
FIRST_WORD = 257
NAMES = 2  # the last words: known to the tokenizer, never generated


class FakeTokens:
    """A tokenizer of bytes and a few words: greedy and exact, but unlike a real one."""

    def __init__(self, words: Sequence[str] = WORDS) -> None:
        self.words = tuple(words)
        self.vocab_size = FIRST_WORD + len(self.words)

    def encode(self, text: str) -> list[int]:
        data, tokens, at = text.encode("utf-8", "replace"), [], 0
        words = [(word.encode(), FIRST_WORD + index) for index, word in enumerate(self.words)]
        while at < len(data):
            for word, token in words:
                if data.startswith(word, at):
                    tokens.append(token)
                    at += len(word)
                    break
            else:
                tokens.append(data[at] + 1)
                at += 1
        return tokens

    def decode_bytes(self, tokens: Sequence[int]) -> bytes:
        words, first = self.words, FIRST_WORD
        written = (token for token in tokens if token)  # 0 ends the text
        return b"".join(words[token - first].encode() if token >= first else bytes([token - 1]) for token in written)

    def decode(self, tokens: Sequence[int]) -> str:
        return self.decode_bytes([token for token in tokens if token]).decode("utf-8", "replace")


@dataclass
class Script:
    """A scripted reply, in place of the one derived from the tokens."""

    tokens: list[int]
    finish_reason: FinishReason = "stop"
    error: Exception | None = None


@dataclass
class Row:
    """One candidate being written."""

    seed: int
    script: Script | None = None
    tokens: list[int] = field(default_factory=list)
    shown: int = 0
    done: bool = False


class FakeEngine:
    """Implements ``bot.chat.engine.Engine``. Tests read ``tokens_read`` and ``requests``, and make it slow or fail."""

    def __init__(
        self, *, delay: float = 0.0, fingerprint: str = "fake-1", queue_limit: int = 1000, words: Sequence[str] = WORDS
    ) -> None:
        self.delay = delay  # seconds per token
        self.fingerprint = fingerprint
        self.queue_limit = queue_limit
        self.coder = FakeTokens(words)
        self.rows = 64
        self.tokens_read = 0  # by all requests so far
        self.tokens_written = 0
        self.requests: list[Request] = []
        self.fail_after: int | None = None  # tokens, after which the next request raises `failure`
        self.failure: Exception = RuntimeError("the model broke")
        self.longest = 40  # maximum tokens of a reply that ends by itself
        self.busy: Busy | None = None  # raised by every stream while set
        self.likings: dict[str, list[float]] = {}  # scored text -> log-probabilities; "": of the end of text
        self.held = False  # replies pause until this is False again or they are stopped
        self.held_after = 1  # tokens, after which replies pause while held
        self._script: deque[Script] = deque()
        self._running: dict[int, Request] = {}
        self._cancelled: set[int] = set()
        self._closed = False

    def enqueue(self, *texts: str, finish_reason: FinishReason = "stop") -> None:
        """Let the next candidates say ``texts``, one each."""
        self._script.extend(Script(self.coder.encode(text), finish_reason) for text in texts)

    def forget_scripts(self) -> None:
        """Discard enqueued replies that were not used yet."""
        self._script.clear()

    def enqueue_error(self, error: Exception) -> None:
        """Let the next candidate fail after its first word."""
        self._script.append(Script(self.coder.encode(" the"), error=error))

    def tokens_of(self, state: StateHandle | None) -> tuple[int, ...]:
        """Return all tokens that ``state`` has read."""
        return () if state is None else self._path(state)

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            name="fake", version="7", fingerprint=self.fingerprint, vocab_size=self.coder.vocab_size, layers=1, width=1,
            precision="fp32", device="cpu", state_bytes=64, weight_bytes=64,
        )  # fmt: skip

    def next_token(self, path: Sequence[int], seed: int, step: int, least: int = 0) -> int:
        """Return the next token: a pure function of the tokens read and the seed."""
        drawn = int.from_bytes(hashlib.sha256(json.dumps([list(path), seed]).encode()).digest()[:6], "big")
        if step >= max(2, least) and (drawn % 9 == 0 or step >= self.longest):
            return FIRST_WORD
        return FIRST_WORD + 1 + drawn // 9 % (len(self.coder.words) - NAMES - 1)

    async def stream(self, request: Request) -> AsyncIterator[Chunk]:
        if len(self._running) >= self.queue_limit:
            raise Busy("The queue is full: {waiting} requests are already waiting.", waiting=len(self._running))
        if self.busy is not None:
            raise self.busy
        assert request.tokens, "a request reads at least one token"
        before = self.tokens_of(request.state)
        self.requests.append(request)
        self.tokens_read += len(request.tokens)
        self._running[id(request)] = request
        try:
            async for chunk in self._write(request, [*before, *request.tokens]):
                yield chunk
        finally:
            self._running.pop(id(request), None)
            self._cancelled.discard(id(request))

    async def _write(self, request: Request, path: list[int]) -> AsyncIterator[Chunk]:
        sampling = request.sampling
        seed = 0 if sampling.temperature == 0 else 1234 if sampling.seed is None else sampling.seed
        writes = sampling.max_tokens > 0
        rows = [Row(seed + i, self._script.popleft() if writes and self._script else None) for i in range(request.n)]
        if request.forced:
            rows = [Row(seed + i, Script(list(request.forced))) for i in range(request.n)]
        fail_after, self.fail_after = self.fail_after, None
        step = 0
        while not all(row.done for row in rows):
            await asyncio.sleep(self.delay)
            while step >= self.held_after and self.held and not self._closed and id(request) not in self._cancelled:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            if fail_after is not None and step >= fail_after:
                raise self.failure
            for index, row in enumerate(rows):
                if not row.done:
                    chunk = self._step(request, path, row, index, step)
                    if chunk.finish_reason is not None or request.direct is None or not request.direct(chunk):
                        yield chunk
            step += 1

    def _step(self, request: Request, path: list[int], row: Row, index: int, step: int) -> Chunk:
        if self.likings and request.forced and request.scores is not None:
            return self._scored(request, path, row, index)
        if self._closed or id(request) in self._cancelled:
            return self._end(request, path, row, index, "cancelled")
        if step >= request.sampling.max_tokens:
            return self._end(request, path, row, index, "length")
        if row.script is not None:
            if row.script.error is not None and step > 0:
                raise row.script.error
            if step >= len(row.script.tokens):
                return self._end(request, path, row, index, row.script.finish_reason)
            row.tokens.append(row.script.tokens[step])
        else:
            row.tokens.append(self.next_token([*path, *row.tokens], row.seed, step, request.sampling.min_tokens))
        self.tokens_written += 1
        text = self.coder.decode(row.tokens)
        found = [at for stop in request.stop if (at := text.find(stop)) >= 0]
        if found:
            row.tokens = self._cut(row.tokens, text[: min(found)])
            return self._end(request, path, row, index, "stop")
        held = max((n for stop in request.stop for n in range(1, len(stop)) if text.endswith(stop[:n])), default=0)
        return self._chunk(row, index, text[: len(text) - held].rstrip("\ufffd"))  # incomplete characters wait

    def _scored(self, request: Request, path: list[int], row: Row, index: int) -> Chunk:
        """Return all forced tokens at once, with log-probabilities from ``likings``, or -9 each."""
        row.tokens = list(request.forced)
        given = self.likings.get(self.coder.decode(row.tokens), [])
        values = [*given, *[-9.0] * len(row.tokens)][: len(row.tokens)]
        scores = tuple(TokenScore(token=token, data=b"", logprob=value)
                       for token, value in zip(row.tokens, values, strict=True))  # fmt: skip
        return replace(self._end(request, path, row, index, "length"), scores=scores)

    def _cut(self, tokens: list[int], text: str) -> list[int]:
        while len(self.coder.decode_bytes(tokens)) > len(text.encode()):
            tokens = tokens[:-1]
        return tokens + self.coder.encode(text.encode()[len(self.coder.decode_bytes(tokens)) :].decode())

    def _chunk(self, row: Row, index: int, text: str) -> Chunk:
        new, row.shown = text[row.shown :], max(row.shown, len(text))
        return Chunk(text=new, index=index)

    def _end(self, request: Request, path: list[int], row: Row, index: int, reason: FinishReason) -> Chunk:
        row.done = True
        stats = Stats(
            tokens_read=len(request.tokens), tokens_written=len(row.tokens), seed=row.seed,
            queue_seconds=0.5, prefill_seconds=0.25, decode_seconds=2.0,
        )  # fmt: skip
        whole = (*path, *row.tokens)
        return Chunk(
            text=self.coder.decode(row.tokens)[row.shown :], index=index, finish_reason=reason,
            tokens=tuple(row.tokens), state=self._handle(whole[:-1]), stats=stats,
            scores=() if request.scores is None else self._scores(row.tokens, request.scores),
        )  # fmt: skip

    def _scores(self, tokens: Sequence[int], top: int) -> tuple[TokenScore, ...]:
        """Score every token at probability 1/2, the same as the alternatives listed beside it."""
        half = -math.log(2)
        others = tuple(
            (each, self.coder.decode_bytes([each]), half) for each in range(FIRST_WORD + 1, FIRST_WORD + top)
        )
        data = [(token, self.coder.decode_bytes([token])) for token in tokens]
        return tuple(TokenScore(token=n, data=d, logprob=half, top=((n, d, half), *others)) for n, d in data)

    async def cancel(self, channel: str) -> int:
        running = [key for key, request in self._running.items() if request.channel == channel]
        self._cancelled.update(running)
        return len(running)

    async def export_state(self, state: StateHandle) -> bytes:
        body = json.dumps({"fingerprint": self.fingerprint, "tokens": self._path(state)}).encode()
        return hashlib.sha256(body).digest() + body

    async def tuned_state(self, path: Path) -> StateHandle:
        return self._handle(tuple(self.coder.encode(path.name)))

    async def import_state(self, data: bytes) -> StateHandle:
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            raise ModelError("The state is damaged.")
        found = json.loads(data[32:])
        if found["fingerprint"] != self.fingerprint:
            raise ModelError("The state is another model's.")
        return self._handle(tuple(found["tokens"]))

    def _handle(self, tokens: tuple[int, ...]) -> StateHandle:
        return StateHandle(tokens, nbytes=64)

    def _path(self, state: StateHandle) -> tuple[int, ...]:
        tokens = state._state
        assert isinstance(tokens, tuple)
        return tokens

    def status(self) -> EngineStatus:
        return EngineStatus(
            rows_running=len(self._running), rows_limit=self.rows, queue_length=0, queue_limit=self.queue_limit,
            tokens_per_second=0.0, tokens_read=self.tokens_read, tokens_written=self.tokens_written,
            state="closed" if self._closed else "ready",
        )  # fmt: skip

    async def start(self) -> None:
        self._closed = False

    async def close(self) -> None:
        self._closed = True
