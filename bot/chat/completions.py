"""The way to the engine for programs that keep their own history: no channel, no tree, nothing that is stored."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from bot.chat.core import Core
from bot.chat.prompt_composer import PromptComposer
from bot.chat.text_states import TextState, TextStates
from bot.engine.types import Chunk, EngineInfo, Grammar, Request, SamplingParams, StateHandle
from bot.errors import InvalidOption
from bot.library.prompts import ChatPrompt
from bot.store.store import Commit

PLATFORM = "api"
SHORT = 20_000  # characters, encoded within a few milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A text to be continued, and by whom it is asked for."""

    text: str = ""  # what is read
    tokens: tuple[int, ...] = ()  # instead of the text, where the client has made the tokens itself
    sampling: SamplingParams
    stop: tuple[str, ...] = ()
    n: int = 1
    grammar: Grammar | None = None
    forced: tuple[int, ...] = ()  # the first tokens of what is written
    scores: int | None = None  # report log-probabilities, with so many of the likeliest
    caller: str  # the name of the key
    address: str = ""
    channel: str = ""  # what the engine cancels; "": all of the caller's

    @property
    def user(self) -> str:
        """Whom the engine and the record of usage know."""
        return f"{PLATFORM}:{self.caller}"


class Start(NamedTuple):
    """Where a completion begins to read."""

    found: TextState | None  # what has been read before
    tokens: tuple[int, ...]  # what is left


class Continuation:
    """A completion that may run now."""

    def __init__(self, core: Core, texts: TextStates, wanted: Completion, start: Start) -> None:
        self._core = core
        self._texts = texts
        self._wanted = wanted
        self._data = wanted.text.encode("utf-8", "replace")
        self._state: StateHandle | None = start.found.state if start.found else None
        self._read_before = start.found.size if start.found else 0
        self.tokens = start.tokens
        self.cached_tokens = start.found.tokens if start.found else 0
        self.started = False
        self._written: Counter[int] = Counter()  # tokens by candidate; those of an unfinished one about
        if not self.tokens:
            raise InvalidOption("There is nothing to read: the prompt is empty.")

    @property
    def prompt_tokens(self) -> int:
        """All that the model has to know before it writes, read now or before."""
        return self.cached_tokens + len(self.tokens)

    @property
    def written(self) -> int:
        """Tokens of all candidates so far."""
        return self._written.total()

    async def chunks(self) -> AsyncGenerator[Chunk]:
        """What the model writes. Closing the iterator cancels it."""
        wanted = self._wanted
        request = Request(
            tokens=self.tokens, state=self._state, sampling=wanted.sampling, stop=wanted.stop, n=wanted.n,
            grammar=wanted.grammar, forced=wanted.forced, scores=wanted.scores, history=self._history(),
            channel=wanted.channel or wanted.user, user=wanted.user, address=wanted.address, service="api",
        )  # fmt: skip
        stream = self._core.engine.stream(request)
        try:
            async for chunk in stream:
                self.started = True
                self._written[chunk.index] += 1
                if chunk.finish_reason is not None:
                    self._written[chunk.index] = len(chunk.tokens)
                    self._core.count_reply(chunk)
                    self._keep(chunk)
                yield chunk
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()

    def _history(self) -> tuple[int, ...]:
        """The tokens that were read before, where the penalties look back at them."""
        sampling = self._wanted.sampling
        if not self._read_before or (sampling.repetition_penalty == 1 and sampling.dry_multiplier == 0):
            return ()
        return tuple(self._core.engine.coder.encode(self._data[: self._read_before].decode()))

    def _keep(self, last: Chunk) -> None:
        """Keep the state that the reply has left: it has read all but the last token."""
        if last.state is None or self._wanted.tokens:
            return
        read = self._read_of(last.tokens)
        if read is not None:
            tokens = self.prompt_tokens + len(last.tokens) - 1
            self._texts.keep(self._wanted.caller, read, tokens, last.state)

    def _read_of(self, written: tuple[int, ...]) -> bytes | None:
        """The text of everything but the last token; None where that is within a character."""
        coder = self._core.engine.coder
        if written:
            read = self._data + coder.decode_bytes(written[:-1])
        else:
            last = coder.decode_bytes(self.tokens[-1:])
            read = self._data[: len(self._data) - len(last)]
        return read if _is_text(read) else None


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class Completions:
    """Runs completions in the conversations' batch, under the fairness class of the programs."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.texts = TextStates(core.settings.state_memory)
        self._channels: dict[str, int] = {}  # caller -> the row that its usage is counted under

    @property
    def info(self) -> EngineInfo:
        """The running model's."""
        return self.core.engine.info

    @property
    def is_ready(self) -> bool:
        """Whether a request would run at once or queue, rather than wait for a model."""
        return self.core.gate.is_open and self.core.engine.status().state == "ready"

    def check_tokens(self, tokens: Sequence[int]) -> None:
        """Raise InvalidOption where the running model does not have one of them."""
        size = self.info.vocab_size
        if (wrong := next((token for token in tokens if not 0 <= token < size), None)) is not None:
            raise InvalidOption("Token {token} is not in the vocabulary of {size}.", token=wrong, size=size)

    async def tokens_today(self, user: str) -> int:
        """Tokens read and written for ``user`` since midnight, UTC."""
        total = await self.core.store.usage.total(day=datetime.now(UTC).date(), user=user)
        return total.tokens_read + total.tokens_written

    @asynccontextmanager
    async def running(self, wanted: Completion) -> AsyncIterator[Continuation]:
        """Hold the model for ``wanted``. Raises Busy when Roost is closing, InvalidOption when nothing is asked."""
        self.core.admit(0)
        async with self.core.gate.passing():
            self.texts.follow(self.info.fingerprint)
            start = await self._start(wanted)
            continuation = Continuation(self.core, self.texts, self._seeded(wanted), start)
            try:
                yield continuation
            finally:
                if continuation.started:
                    self.core.spawn(self._count(wanted, continuation))

    async def _start(self, wanted: Completion) -> Start:
        """What is known of the text already; a long one is encoded beside the event loop."""
        if wanted.tokens:
            return Start(None, wanted.tokens)
        data = wanted.text.encode("utf-8", "replace")
        found = self.texts.find(wanted.caller, data)
        rest, encode = data[found.size if found else 0 :].decode(), self.core.engine.coder.encode
        return Start(found, tuple(encode(rest) if len(rest) < SHORT else await asyncio.to_thread(encode, rest)))

    def _seeded(self, wanted: Completion) -> Completion:
        seed = self.core.settings.seed
        if seed is None or wanted.sampling.seed is not None:
            return wanted
        return replace(wanted, sampling=replace(wanted.sampling, seed=seed))

    async def _count(self, wanted: Completion, done: Continuation) -> None:
        channel = self._channels.get(wanted.caller)
        if channel is None:
            roots = self.core.roots(PromptComposer(ChatPrompt(name="")))
            found = await self.core.store.channels.add(PLATFORM, wanted.caller, None, "", roots)
            channel = self._channels[wanted.caller] = found.id
        commit = Commit(nodes=(), user=wanted.user, tokens_read=len(done.tokens), tokens_written=done.written)
        await self.core.store.commit(channel, commit)
