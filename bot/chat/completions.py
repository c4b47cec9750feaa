"""Access to the engine for clients that keep their own history: no channel, no tree, nothing stored."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import groupby

from bot.chat.chat_turns import Piece
from bot.chat.completion_usage import CompletionUsage
from bot.chat.core import Core
from bot.chat.program_channels import PLATFORM, ProgramChannels
from bot.chat.state_cache import READ_ONLY, STOPPED, Reader, ReadingStopped
from bot.chat.text_states import TextStates
from bot.chat.turn import seconds_of
from bot.chat.uploaded_states import UploadedState
from bot.engine.types import Chunk, EngineInfo, Grammar, Request, SamplingParams, StateHandle, Stats
from bot.errors import InvalidOption
from bot.store.node import Node
from bot.store.usage import Usage
from bot.today import today

Direct = Callable[[Chunk], bool]


@dataclass(frozen=True, slots=True)
class TreePosition:
    """A turn in a tree from which a completion continues."""

    node: Node  # may be a root that is not committed yet
    tokens: int  # length of the whole path

    @property
    def is_new(self) -> bool:
        """Whether the node is an uncommitted root, whose text comes with the request."""
        return not self.node.id


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionFork:
    """What a reply is drawn from instead of the text that is stored with it."""

    after: TreePosition
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A text to continue, and who asks for it."""

    text: str = ""  # the prompt
    shared: int = 0  # number of leading characters that a later prompt may share; 0: all
    tokens: tuple[int, ...] = ()  # used instead of the text if the client tokenized it itself
    sampling: SamplingParams
    stop: tuple[str, ...] = ()
    n: int = 1
    grammar: Grammar | None = None
    forced: tuple[int, ...] = ()  # the output must begin with these tokens
    scores: int | None = None  # report log-probabilities, with this many top alternatives
    caller: str  # name of the API key
    address: str = ""
    channel: str = ""  # the name the engine cancels by; "": shared by all completions of the caller
    after: TreePosition | None = None  # where to continue; None: cached states are found by text
    fork: CompletionFork | None = None  # read instead of ``text`` after ``after``, for this reply only
    initial: str = ""  # the tuned state that a text without ``after`` starts from
    given: UploadedState | None = None  # used instead of ``initial`` for a text without ``after``
    forget: bool = False  # keep nothing afterwards, not even a state

    def cancelled_as(self, channel: str) -> "Completion":
        """Return a copy that the engine cancels under the name ``channel``."""
        return replace(self, channel=channel)

    @property
    def user(self) -> str:
        """The user id, for the engine and for usage accounting."""
        return f"{PLATFORM}:{self.caller}"


@dataclass(frozen=True, slots=True)
class ReadingPoint:
    """Where a completion starts reading."""

    state: StateHandle | None
    tokens: tuple[int, ...]  # still to be read
    known: int = 0  # number of tokens the state has read
    history: tuple[int, ...] = ()  # those of them that the penalties look back at
    rebuilt: int = 0  # number of tokens read again because the state had been lost
    shared: int = 0  # number of leading tokens to read first, so that the state after them is cached


class Continuation:
    """A completion that is ready to run."""

    def __init__(self, core: Core, texts: TextStates, wanted: Completion, start: ReadingPoint) -> None:
        self._core = core
        self._texts = texts
        self._wanted = wanted
        self._data = wanted.text.encode("utf-8", "replace")
        self._start = start
        self.tokens = start.tokens
        self.started = False
        self._fault: Exception | None = None  # raised by ``direct``
        self.stats: list[Stats] = []  # of the finished candidates
        self._written: Counter[int] = Counter()  # tokens by candidate; approximate for unfinished ones
        if not self.tokens:
            raise InvalidOption("There is nothing to read: the prompt is empty.")

    @property
    def prompt_tokens(self) -> int:
        """Length of the whole prompt, whether read now or before."""
        return self._start.known + len(self.tokens)

    @property
    def cached_tokens(self) -> int:
        """Tokens of the prompt that did not have to be read."""
        return self._start.known - self._start.rebuilt

    @property
    def used(self) -> Usage:
        """The usage so far."""
        return Usage(1, len(self.tokens) + self._start.rebuilt, self._written.total(), seconds_of(self.stats))

    async def chunks(self, direct: Direct | None = None) -> AsyncGenerator[Chunk]:
        """Yield what the model writes. Closing the iterator cancels the request.

        ``direct``: see Request. What it raises ends the reply.
        """
        wanted = self._wanted
        request = Request(
            tokens=self.tokens, state=self._start.state, sampling=wanted.sampling, stop=wanted.stop, n=wanted.n,
            grammar=wanted.grammar, forced=wanted.forced, scores=wanted.scores, history=self._start.history,
            channel=wanted.channel or wanted.user, user=wanted.user, address=wanted.address, service="api",
            direct=self._counted(direct) if direct is not None else None,
        )  # fmt: skip
        stream = self._core.engine.stream(await self._after_shared(request) if self._start.shared else request)
        try:
            async for chunk in stream:
                self.started = True
                if self._fault is not None:  # how much of the chunk was taken is unknown
                    raise self._fault
                self._written[chunk.index] += 1
                if chunk.finish_reason is not None:
                    self._written[chunk.index] = len(chunk.tokens)
                    self._core.count_reply(chunk)
                    self.stats += [chunk.stats] if chunk.stats else []
                    self._keep(chunk)
                yield chunk
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()

    def _counted(self, direct: Direct) -> Direct:
        def take(chunk: Chunk) -> bool:
            try:
                taken = direct(chunk)
            except Exception as error:  # other requests' chunks follow in the same call
                self._fault = error
                return False
            self._written[chunk.index] += taken
            return taken

        return take

    async def _after_shared(self, request: Request) -> Request:
        """Read the shared part of the prompt and cache the state. Returns what then remains of ``request``.

        Raises ReadingStopped.
        """
        head = self.tokens[: self._start.shared]
        alone = replace(
            request, tokens=head, sampling=READ_ONLY, n=1, grammar=None, forced=(), scores=None, direct=None
        )
        state: StateHandle | None = None
        async for chunk in self._core.engine.stream(alone):
            state = chunk.state or state
            if chunk.finish_reason in ("cancelled", "timeout"):
                raise ReadingStopped(STOPPED)
        if state is None:
            return request
        read = self._wanted.text[: self._wanted.shared].encode("utf-8", "replace")
        read = read[: len(read) - len(self._core.engine.coder.decode_bytes(head[-1:]))]
        if _is_text(read):
            self._texts.keep(_owner(self._wanted), read, self._start.known + len(head) - 1, state)
        history = (*request.history, *head[:-1]) if _looks_back(request.sampling) else ()
        return replace(request, tokens=self.tokens[len(head) - 1 :], state=state, history=history)

    def _keep(self, last: Chunk) -> None:
        """Cache the state after the reply. It has read everything except the last token."""
        wanted = self._wanted
        if last.state is None or wanted.tokens or wanted.forget or wanted.after is not None:
            return
        read = self._read_of(last.tokens)
        if read is not None:
            tokens = self.prompt_tokens + len(last.tokens) - 1
            self._texts.keep(_owner(wanted), read, tokens, last.state)

    def _read_of(self, written: tuple[int, ...]) -> bytes | None:
        """Return the text of all but the last token, or None if it ends inside a character."""
        coder = self._core.engine.coder
        if written:
            read = self._data + coder.decode_bytes(written[:-1])
        else:
            last = coder.decode_bytes(self.tokens[-1:])
            read = self._data[: len(self._data) - len(last)]
        return read if _is_text(read) else None


def _owner(wanted: Completion) -> str:
    """Return the owner of the cached states: one per caller and initial state."""
    beginning = wanted.given.id if wanted.given is not None else wanted.initial
    return f"{wanted.caller}\0{beginning}" if beginning else wanted.caller


def _looks_back(sampling: SamplingParams) -> bool:
    return sampling.repetition_penalty != 1 or sampling.dry_multiplier != 0


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class Completions:
    """Runs completions in the same batch as conversations, in the fairness class of API clients."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.texts = TextStates(core.settings.state_memory)
        self.channels = ProgramChannels(core)
        self.usage = CompletionUsage(core, self.channels)

    @property
    def info(self) -> EngineInfo:
        """The running model's info."""
        return self.core.engine.info

    @property
    def is_ready(self) -> bool:
        """Whether a request would run or queue at once instead of waiting for a model to load."""
        return self.core.gate.is_open and self.core.engine.status().state == "ready"

    def check_tokens(self, tokens: Sequence[int]) -> None:
        """Raise InvalidOption if a token is not in the running model's vocabulary."""
        size = self.info.vocab_size
        if (wrong := next((token for token in tokens if not 0 <= token < size), None)) is not None:
            raise InvalidOption("Token {token} is not in the vocabulary of {size}.", token=wrong, size=size)

    async def tokens_today(self, user: str) -> int:
        """Return the number of tokens read and written for ``user`` since midnight UTC."""
        total = await self.core.store.usage.total(day=today(), user=user)
        return total.tokens_read + total.tokens_written

    @asynccontextmanager
    async def running(self, wanted: Completion) -> AsyncIterator[Continuation]:
        """Hold the model for ``wanted``. Raises Busy if Roost is closing, InvalidOption if the prompt is empty."""
        self.core.admit(0)
        async with self.core.gate.passing():
            self.texts.follow(self.info.fingerprint)
            start = await self._start(wanted)
            continuation = Continuation(self.core, self.texts, self._seeded(wanted), start)
            try:
                yield continuation
            finally:
                if continuation.started:
                    self.usage.add(wanted.caller, wanted.user, continuation.used)

    async def _start(self, wanted: Completion) -> ReadingPoint:
        """Find the longest cached prefix of the prompt. Long texts are encoded in a thread."""
        initial = await self.core.initial_states.get(wanted.initial) if wanted.initial else None
        if wanted.given is not None:
            initial = wanted.given.state
        if wanted.tokens:
            return ReadingPoint(initial, wanted.tokens)
        if wanted.after is not None:
            fork = wanted.fork or CompletionFork(after=wanted.after, pieces=(wanted.text,))
            return await self._start_after(wanted, fork.after, await self.encoded(fork.pieces))
        data = wanted.text.encode("utf-8", "replace")
        found = None if wanted.forget else self.texts.find(_owner(wanted), data)
        size = found.size if found is not None else 0
        known, shared = data[:size].decode(), wanted.text[: wanted.shared].encode("utf-8", "replace")
        first = await self.core.encode(shared[size:].decode()) if len(shared) > size and not wanted.forget else ()
        rest = data[max(size, len(shared)) if first else size :].decode()
        tokens = (*first, *await self.core.encode(rest))
        if found is None:
            return ReadingPoint(initial, tokens, shared=len(first))
        history = await self.core.encode(known) if _looks_back(wanted.sampling) else ()
        return ReadingPoint(found.state, tokens, found.tokens, history, shared=len(first))

    async def encoded(self, pieces: Sequence[Piece]) -> tuple[int, ...]:
        """Return the tokens of ``pieces``; adjacent texts are encoded as one."""
        tokens: list[int] = []
        for is_text, group in groupby(pieces, key=lambda piece: isinstance(piece, str)):
            if is_text:
                tokens += await self.core.encode("".join(piece for piece in group if isinstance(piece, str)))
            else:
                tokens += [token for piece in group for token in piece if isinstance(token, int)]
        return tuple(tokens)

    async def _start_after(self, wanted: Completion, position: TreePosition, new: tuple[int, ...]) -> ReadingPoint:
        states, nodes = self.core.states, self.core.store.nodes
        if position.is_new and wanted.forget:  # do not cache its state: the text belongs to this caller alone
            initial = await self.core.initial_states.get(position.node.initial) if position.node.initial else None
            return ReadingPoint(initial, (*position.node.tokens, *new))
        reader = Reader(wanted.user)  # among several engines, one holds all the states of a caller
        known = await states.has(position.node, reader)
        state, first = await states.resume(position.node, reader)
        history: tuple[int, ...] = ()
        if position.node.id and _looks_back(wanted.sampling):
            window = wanted.sampling.repetition_penalty_range
            history = tuple(await nodes.last_tokens(position.node.id, window and window + 1))[: -len(first) or None]
        read = max(0, position.tokens - len(first))
        return ReadingPoint(state, (*first, *new), read, history, rebuilt=0 if known else read)

    def _seeded(self, wanted: Completion) -> Completion:
        seed = self.core.settings.seed
        if seed is None or wanted.sampling.seed is not None:
            return wanted
        return replace(wanted, sampling=replace(wanted.sampling, seed=seed))
