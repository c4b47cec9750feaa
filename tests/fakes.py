"""Hand-written stand-ins at the seams. ``FakeEngine`` speaks the engine's protocol without a model."""

import asyncio
import json
import zlib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from bot.engine.types import Chunk, EngineInfo, EngineStatus, FinishReason, Request, StateHandle, Stats
from bot.errors import Busy, ModelError


class ByteCoder:
    """Token 0 ends the text; token b + 1 is the byte b."""

    vocab_size = 257

    def encode(self, text: str) -> list[int]:
        return [byte + 1 for byte in text.encode()]

    def decode(self, tokens: Sequence[int]) -> str:
        return self.decode_bytes(tokens).decode(errors="replace")

    def decode_bytes(self, tokens: Sequence[int]) -> bytes:
        return bytes(token - 1 for token in tokens if token > 0)


@dataclass(slots=True)
class _Scripted:
    text: str = ""
    finish_reason: FinishReason = "stop"
    error: Exception | None = None


class FakeEngine:
    """Answers what was enqueued; otherwise a text that depends on every token before it and on the seed.

    A state is the tuple of all tokens read so far, so a test sees at once whether the right state was handed on:
    ``engine.tokens_of(chunk.state)``. ``given`` counts the tokens that a real model would have had to read.
    """

    def __init__(self, *, delay: float = 0.0, fingerprint: str = "fake-1") -> None:
        self.coder = ByteCoder()
        self.delay = delay  # seconds before each character
        self.requests: list[Request] = []
        self.given = 0
        self.written = 0
        self.running = 0
        self.busy: Busy | None = None  # raised by the next stream while set
        self.started = False
        self.closed = False
        self._script: deque[_Scripted] = deque()
        self._cancelled: dict[str, set[asyncio.Event]] = {}
        self._info = EngineInfo(
            name="fake",
            version="7",
            fingerprint=fingerprint,
            vocab_size=self.coder.vocab_size,
            layers=1,
            width=1,
            precision="fp32",
            device="cpu",
            state_bytes=1,
            weight_bytes=1,
        )

    def enqueue(self, *texts: str, finish_reason: FinishReason = "stop") -> None:
        """Let the next candidates say ``texts``, one each."""
        self._script.extend(_Scripted(text, finish_reason) for text in texts)

    def enqueue_error(self, error: Exception) -> None:
        """Let the next candidate fail after its first character."""
        self._script.append(_Scripted("x", error=error))

    def tokens_of(self, state: StateHandle | None) -> tuple[int, ...]:
        """All tokens that ``state`` has read."""
        if state is None:
            return ()
        tokens = state._state
        assert isinstance(tokens, tuple)
        return tokens

    @property
    def info(self) -> EngineInfo:
        return self._info

    def encode(self, text: str) -> list[int]:
        return self.coder.encode(text)

    def decode(self, tokens: Sequence[int]) -> str:
        return self.coder.decode(tokens)

    async def stream(self, request: Request) -> AsyncIterator[Chunk]:
        if self.busy is not None:
            raise self.busy
        assert request.tokens, "a request has at least one token"
        self.requests.append(request)
        self.given += len(request.tokens)
        cancelled = asyncio.Event()
        self._cancelled.setdefault(request.channel, set()).add(cancelled)
        self.running += 1
        try:
            for index in range(request.n):
                async for chunk in self._reply(request, index, cancelled):
                    yield chunk
        finally:
            self.running -= 1
            self._cancelled[request.channel].discard(cancelled)

    async def cancel(self, channel: str) -> int:
        events = self._cancelled.get(channel, set())
        for event in events:
            event.set()
        return len(events)

    async def export_state(self, state: StateHandle) -> bytes:
        return json.dumps([self._info.fingerprint, list(self.tokens_of(state))]).encode()

    async def import_state(self, data: bytes) -> StateHandle:
        try:
            fingerprint, tokens = json.loads(data)
        except (ValueError, TypeError):
            raise ModelError("The saved state is damaged.") from None
        if fingerprint != self._info.fingerprint:
            raise ModelError("The saved state belongs to another model.")
        return StateHandle(tuple(tokens), nbytes=8 * len(tokens))

    def status(self) -> EngineStatus:
        return EngineStatus(
            rows_running=self.running,
            rows_limit=8,
            queue_length=0,
            queue_limit=8,
            tokens_per_second=0.0,
            tokens_read=self.given,
            tokens_written=self.written,
            cache_bytes=0,
            state="closed" if self.closed else "ready" if self.started else "loading",
        )

    async def start(self) -> None:
        self.started = True

    async def close(self) -> None:
        for channel in list(self._cancelled):
            await self.cancel(channel)
        self.closed = True

    async def _reply(self, request: Request, index: int, cancelled: asyncio.Event) -> AsyncIterator[Chunk]:
        before = self.tokens_of(request.state) + request.tokens
        script = self._script.popleft() if self._script else _Scripted(self._words(before, request, index))
        reason: FinishReason = script.finish_reason
        limit = request.sampling.max_tokens
        said = ""
        for character in script.text:
            await asyncio.sleep(self.delay)
            if cancelled.is_set():
                reason = "cancelled"
                break
            if len(self.encode(said + character)) > limit:
                reason = "length"
                break
            said += character
            yield Chunk(text=character, index=index)
            if script.error is not None:
                raise script.error
        tokens = tuple(self.encode(said))
        self.written += len(tokens)
        whole = before + tokens
        yield Chunk(
            text="",
            index=index,
            finish_reason=reason,
            tokens=tokens,
            state=StateHandle(whole[:-1], nbytes=8 * len(whole)),
            stats=Stats(
                tokens_read=len(request.tokens), tokens_written=len(tokens), seed=request.sampling.seed or index
            ),
        )

    @staticmethod
    def _words(before: tuple[int, ...], request: Request, index: int) -> str:
        digest = zlib.crc32(repr((before, request.sampling.seed, index)).encode())
        return f"reply {digest:08x}"
