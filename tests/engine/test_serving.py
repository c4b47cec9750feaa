"""The guarantees of serving, checked with real (tiny, random) models of every version, in fp32."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from bot.engine.arrays import host_array
from bot.engine.models.loading import Model, random_model
from bot.engine.serving.batch_engine import Engine
from bot.engine.settings import EngineSettings
from bot.engine.state import RowState
from bot.engine.types import Guidance, Request, SamplingParams, StateHandle
from tests.engine.tensors import forward
from tests.engine.toys import ByteCoder, Outcome, finish, run, take

VERSIONS = ("4", "5.0", "5.1", "5.2", "6", "7", "7a")


class Letters(ByteCoder):
    """Every id above the toy's words is a single letter, so that any model's reply is text."""

    vocab_size = 320

    def __init__(self) -> None:
        super().__init__()
        self.table = [b""] + [bytes([97 + token % 26]) for token in range(1, self.vocab_size)]
        for token in range(5, 60, 7):
            self.table[token] = b"\n"

    def encode(self, text: str) -> list[int]:
        return [self.table.index(text[place : place + 1].encode()) for place in range(len(text))]


CODER = Letters()


@cache
def model(version: str) -> Model:
    return random_model(version, "tiny")


def fresh(version: str = "7", rows: int = 16) -> Engine:
    return Engine(model(version), CODER, EngineSettings(model=Path("tiny"), rows=rows, prefill_chunk=64))


def prompt(number: int, length: int) -> tuple[int, ...]:
    generator = torch.Generator().manual_seed(number)
    return tuple(torch.randint(1, 320, (length,), generator=generator).tolist())


def greedy(count: int) -> SamplingParams:
    return SamplingParams(temperature=0, max_tokens=count)


def alone(version: str, request: Request) -> tuple[int, ...]:
    """Decode greedily with the bare model: one row, one token per step."""
    network = model(version)
    state = network.new_state(1)
    written: list[int] = []
    with torch.inference_mode():
        for token in request.tokens:
            logits = forward(network, torch.tensor([token]), [1], state, [0])
        while len(written) < request.sampling.max_tokens:
            token = int(logits[0].argmax())
            if token == 0:
                break
            written.append(token)
            logits = forward(network, torch.tensor([token]), [1], state, [0])
    return tuple(written)


def assert_same_state(handle: StateHandle | None, version: str, path: tuple[int, ...]) -> None:
    """Check that ``handle`` is bit for bit the state of ``path`` read in one pass."""
    assert handle is not None
    network = model(version)
    state = network.new_state(1)
    if path:
        with torch.inference_mode():
            forward(network, torch.tensor(path), [len(path)], state, [0])
    expected, got = state.take(0), handle._state
    assert isinstance(got, RowState)
    assert got.tensors.keys() == expected.tensors.keys()
    for name, tensor in expected.tensors.items():
        assert np.array_equal(host_array(got.tensors[name]), host_array(tensor)), name


@pytest.mark.parametrize("version", VERSIONS)
def test_64_rows_that_join_and_leave_write_what_each_writes_alone(version: str) -> None:
    requests = [Request(tokens=prompt(n, 1 + n * 5 % 23), sampling=greedy(1 + n * 7 % 12)) for n in range(64)]
    shared = fresh(version, rows=24)
    outcomes: dict[object, Outcome] = {}
    jobs = []
    for request in requests:
        jobs.append(shared.submit(request))
        outcomes[jobs[-1]] = Outcome()
        for event in shared.step():
            take(outcomes, event)  # type: ignore[arg-type]  # jobs are what the dictionary holds
    for job, late in zip(jobs, finish(shared, jobs), strict=True):
        outcomes[job].texts = {0: outcomes[job].texts.get(0, "") + late.texts.get(0, "")}
        outcomes[job].last.update(late.last)
    for job, request in zip(jobs, requests, strict=True):
        assert outcomes[job].tokens == alone(version, request)
        assert outcomes[job].text == CODER.decode(outcomes[job].tokens)
        assert_same_state(outcomes[job].last[0].state, version, (*request.tokens, *outcomes[job].tokens)[:-1])


def test_a_seed_gives_the_same_reply_whatever_else_runs() -> None:
    sampling = SamplingParams(seed=11, max_tokens=25, top_p=0.95, presence_penalty=0.3, frequency_penalty=0.3)
    seeded = Request(tokens=prompt(100, 12), sampling=sampling)
    expected = run(fresh(), seeded)[0].tokens
    others = [Request(tokens=prompt(n, 1 + n * 5), sampling=SamplingParams(max_tokens=3 + n)) for n in range(12)]
    for rows, place in ((4, 0), (16, 7), (13, 12)):
        assert run(fresh(rows=rows), *others[:place], seeded, *others[place:])[place].tokens == expected


@pytest.mark.parametrize("version", ["4", "7"])
def test_after_a_stop_string_the_conversation_goes_on_bit_for_bit(version: str) -> None:
    """A stopped reply's state is that of its text, and what follows is as if uninterrupted."""
    shared = fresh(version)
    stopped = 0
    for number in range(12):
        request = Request(
            tokens=prompt(number, 8), stop=("\n", "th", "qa"), sampling=SamplingParams(max_tokens=60, seed=number)
        )
        outcome = run(shared, request)[0]
        path = (*request.tokens, *outcome.tokens)
        stopped += outcome.last[0].finish_reason == "stop"
        assert_same_state(outcome.last[0].state, version, path[:-1])
        resumed = run(shared, Request(tokens=path[-1:], state=outcome.last[0].state, sampling=greedy(10)))[0]
        assert resumed.tokens == alone(version, Request(tokens=path, sampling=greedy(10)))
    assert stopped >= 8


def test_guidance_at_its_ends_is_the_plain_reply() -> None:
    with_context, without = prompt(1, 20), prompt(2, 6)
    sampling = SamplingParams(seed=5, max_tokens=15, top_p=0.9)
    plain = [run(fresh(), Request(tokens=tokens, sampling=sampling))[0].tokens for tokens in (without, with_context)]
    guided = [
        run(fresh(), Request(tokens=with_context, sampling=sampling, guidance=Guidance(tokens=without, factor=factor)))
        for factor in (0.0, 1.0, 1.5)
    ]
    assert [outcome[0].tokens for outcome in guided[:2]] == plain
    assert guided[2][0].tokens not in plain


def test_half_precision_runs_through_the_same_step() -> None:
    for strategy in ("cpu bf16", "cpu int8"):
        network = random_model("7", "tiny", strategy)
        engine = Engine(network, CODER, EngineSettings(model=Path("tiny"), rows=8))
        outcomes = run(engine, *(Request(tokens=prompt(n, 5 + n), sampling=greedy(10)) for n in range(8)))
        assert all(len(outcome.tokens) == 10 or outcome.last[0].finish_reason == "eos" for outcome in outcomes)
