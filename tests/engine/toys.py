"""Small, fast, bit-exact models for tests of the code around a model."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.engine.arrays import AnyArray, host_array
from bot.engine.models.loading import ModelSpec
from bot.engine.serving.batch_engine import Engine
from bot.engine.serving.replies import Event
from bot.engine.serving.sequence import Job
from bot.engine.settings import EngineSettings
from bot.engine.state import RowState, State
from bot.engine.types import Chunk, Request, TokenScore

PRIME = 1_000_003


class ByteCoder:
    """Token 0 ends the text, token b + 1 is byte b, and a few tokens are longer."""

    words = ("\n\n", "User:", "ab", "bc", " owl", "!\n", "é!", "Us", "er")
    vocab_size = 257 + len(words)

    def __init__(self) -> None:
        self.table = [b"", *(bytes([byte]) for byte in range(256)), *(word.encode() for word in self.words)]

    def encode(self, text: str) -> list[int]:
        return [byte + 1 for byte in text.encode()]

    def decode(self, tokens: Sequence[int]) -> str:
        return self.decode_bytes(tokens).decode(errors="replace")

    def decode_bytes(self, tokens: Sequence[int]) -> bytes:
        return b"".join(self.table[token] for token in tokens)

    def word(self, text: str) -> int:
        return self.table.index(text.encode())


VOCABULARY = ByteCoder.vocab_size


class ToyModel:
    """A model whose state is an integer hash of all tokens read; its logits are derived from the hash."""

    def __init__(self, *, vocab_size: int = VOCABULARY, fingerprint: str = "toy") -> None:
        self.spec = ModelSpec("7", 1, 1, 1, 1, vocab_size, 1, ())
        self.device = "cpu"
        self.precision = "fp32"
        self.fingerprint = fingerprint
        self.weight_bytes = 0
        self.reads_ahead = True
        self.read = 0  # tokens
        self.steps = 0
        self.failure: Exception | None = None
        self.poison: int | None = None  # a token after which the row's logits are NaN
        self.on_step: Callable[[Sequence[int]], None] = lambda lengths: None
        generator = np.random.default_rng(7)
        self.table = generator.normal(0, 2, (997, vocab_size)).astype(np.float32)
        self.table[:, 0] = -30  # the text ends only when requested
        self.table[:, 1:32] -= 15  # mostly printable ASCII
        self.table[:, 128:257] -= 15

    def new_state(self, slots: int) -> State:
        return State(RowState({"hash": np.ones((1, 1), np.int64)}), slots)

    def forward(
        self,
        tokens: Sequence[int],
        lengths: Sequence[int],
        state: State,
        slots: Sequence[int],
        *,
        full_output: bool = False,
    ) -> NDArray[np.float32]:
        assert len(set(slots)) == len(slots)
        assert sum(lengths) == len(tokens)
        self.steps += 1
        self.read += len(tokens)
        self.on_step(lengths)
        if self.failure is not None:
            raise self.failure
        rows, start = [], 0
        for length, slot in zip(lengths, slots, strict=True):
            value = int(state.host("hash")[0, slot, 0])
            for token in tokens[start : start + length]:
                value = PRIME - 1 if token == self.poison else self.advance(value, token)
                if full_output:
                    rows.append(self.logits(value))
            state.host("hash")[0, slot, 0] = value
            if not full_output:
                rows.append(self.logits(value))
            start += length
        return np.stack(rows)

    def computing(self) -> AbstractContextManager[object]:
        return nullcontext()

    @staticmethod
    def advance(value: int, token: int) -> int:
        return value if value == PRIME - 1 else (value * 31 + token + 7) % (PRIME - 1)

    def logits(self, value: int) -> NDArray[np.float32]:
        if value == PRIME - 1:
            return np.full(self.spec.vocab_size, np.nan, np.float32)
        return np.array(self.table[value % 997])

    def hash_of(self, tokens: Sequence[int], value: int = 1) -> int:
        for token in tokens:
            value = self.advance(value, token)
        return value


class ScriptModel(ToyModel):
    """A model that writes ``script`` after any prompt; its state also counts tokens."""

    def __init__(self, script: Sequence[int], prompt: int) -> None:
        super().__init__()
        self.script = list(script)
        self.prompt = prompt

    def new_state(self, slots: int) -> State:
        initial: dict[str, AnyArray] = {"hash": np.ones((1, 1), np.int64), "count": np.zeros((1, 1), np.int64)}
        return State(RowState(initial), slots)

    def forward(
        self,
        tokens: Sequence[int],
        lengths: Sequence[int],
        state: State,
        slots: Sequence[int],
        *,
        full_output: bool = False,
    ) -> NDArray[np.float32]:
        logits = super().forward(tokens, lengths, state, slots, full_output=full_output)
        logits[:] = 0.0
        row = 0
        for length, slot in zip(lengths, slots, strict=True):
            read = int(state.host("count")[0, slot, 0])
            state.host("count")[0, slot, 0] += length
            for after in range(read + 1, read + length + 1) if full_output else [read + length]:
                if 0 <= (place := after - self.prompt) < len(self.script):
                    logits[row, self.script[place]] = 100.0
                row += 1
        return logits


class Clock:
    """A clock that advances only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def settings(rows: int = 8, queue_limit: int = 64, **others: float) -> EngineSettings:
    return EngineSettings(model=Path("toy.pth"), rows=rows, queue_limit=queue_limit, **others)  # type: ignore[arg-type]  # numbers


def engine(model: ToyModel | None = None, *, clock: Callable[[], float] | None = None, **knobs: float) -> Engine:
    chosen = settings(**knobs)  # type: ignore[arg-type]  # numbers
    if clock is None:
        return Engine(model or ToyModel(), ByteCoder(), chosen)
    return Engine(model or ToyModel(), ByteCoder(), chosen, clock)


class Outcome:
    """The outcome of a job: the chunks of each candidate, or the error."""

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}
        self.last: dict[int, Chunk] = {}
        self.scores: dict[int, tuple[TokenScore, ...]] = {}
        self.error: Exception | None = None

    def take(self, result: Chunk | Exception) -> None:
        if isinstance(result, Exception):
            self.error = result
            return
        assert result.index not in self.last, "nothing follows the last piece"
        self.texts[result.index] = self.texts.get(result.index, "") + result.text
        self.scores[result.index] = (*self.scores.get(result.index, ()), *result.scores)
        if result.finish_reason is not None:
            self.last[result.index] = result

    @property
    def tokens(self) -> tuple[int, ...]:
        return self.last[0].tokens

    @property
    def text(self) -> str:
        return self.texts[0]

    def everything(self) -> list[tuple[object, ...]]:
        """Return each reply's text, tokens, finish reason, scores and state."""
        return [
            (self.texts[index], last.tokens, last.finish_reason, self.scores[index], _state_of(last))
            for index, last in sorted(self.last.items())
        ]


def _state_of(chunk: Chunk) -> object:
    if chunk.state is None:
        return None
    row = chunk.state._state
    assert isinstance(row, RowState)
    return {name: host_array(numbers).tolist() for name, numbers in row.tensors.items()}


def run(engine: Engine, *requests: Request, steps: int = 100_000) -> list[Outcome]:
    """Submit all jobs, step until none is left, and return their outcomes."""
    jobs = [engine.submit(request) for request in requests]
    return finish(engine, jobs, steps)


def finish(engine: Engine, jobs: Sequence[Job], steps: int = 100_000) -> list[Outcome]:
    outcomes = {job: Outcome() for job in jobs}
    while engine.busy and steps:
        for event in engine.step():
            take(outcomes, event)
        steps -= 1
    return [outcomes[job] for job in jobs]


def take(outcomes: dict[Job, Outcome], event: Event) -> None:
    outcomes[event.job].take(event.result)
