"""Long runs: memory stays flat, and a long prompt does not stall running replies."""

import gc
import time
from pathlib import Path

import psutil
import pytest
import torch

from bot.engine.models.loading import random_model
from bot.engine.serving.batch_engine import Engine
from bot.engine.settings import EngineSettings
from bot.engine.types import Request, SamplingParams
from tests.engine.test_serving import CODER, prompt
from tests.engine.toys import ToyModel, engine


def megabytes() -> float:
    gc.collect()
    return psutil.Process().memory_info().rss / 1e6


def busy_engine(rows: int, strategy: str = "cpu fp32") -> Engine:
    return Engine(
        random_model("7", "tiny", strategy),
        CODER,
        EngineSettings(model=Path("tiny"), rows=rows, prefill_chunk=256, latency_ms=100),
    )


@pytest.mark.slow
@pytest.mark.timeout(1800)
@torch.inference_mode()
def test_memory_is_flat_over_100_000_tokens() -> None:
    shared = busy_engine(32)
    mixture = (
        SamplingParams(temperature=0.9, top_p=0.9, max_tokens=300, presence_penalty=0.3, frequency_penalty=0.3),
        SamplingParams(max_tokens=100, repetition_penalty=1.1, dry_multiplier=0.8),
        SamplingParams(max_tokens=200, mirostat_mode=2),
    )
    number, sizes, least = 0, [], 0
    while shared.written.total < 100_000:
        while len(shared.scheduler) < 8:
            tokens = prompt(number % 7, 30) + prompt(number, 5)
            shared.submit(Request(tokens=tokens, stop=("\n\n",), sampling=mixture[number % 3], channel=str(number)))
            number += 1
        shared.step()
        if shared.written.total >= least:
            sizes.append(megabytes())
            least += 10_000
    assert len(sizes) == 11  # at the start, and after each 10,000
    assert max(sizes[2:]) - sizes[1] < 30, sizes


@pytest.mark.slow
@pytest.mark.timeout(900)
@torch.inference_mode()
def test_one_reply_of_100_000_tokens_keeps_its_memory() -> None:
    shared = engine(ToyModel(), rows=1, timeout=1e6)
    shared.submit(Request(tokens=(5,), sampling=SamplingParams(max_tokens=100_000, top_k=5, presence_penalty=0.1)))
    while shared.written.total < 20_000:
        shared.step()
    early = megabytes()
    while shared.busy:
        shared.step()
    assert megabytes() - early < 20


@torch.inference_mode()
def test_a_long_prompt_delays_the_others_by_no_more_than_the_bound() -> None:
    """Steps that read part of the long prompt exceed earlier steps by at most the bound."""
    shared = busy_engine(5)
    writing = SamplingParams(temperature=0, max_tokens=100_000, banned_tokens=(0,))
    for number in range(4):
        shared.submit(Request(tokens=prompt(number, 40), sampling=writing, timeout=1000.0))

    def step() -> float:
        start = time.thread_time()  # CPU time of this thread, unaffected by other programs
        shared.step()
        return time.thread_time() - start

    for _ in range(20):
        step()
    usual = sorted(step() for _ in range(20))[10]
    long = shared.submit(Request(tokens=prompt(9, 4000), sampling=SamplingParams(max_tokens=1), timeout=1000.0))
    read = shared.tokens_read
    slowest: list[float] = []
    while not long.closed:
        slowest.append(step())
    assert shared.tokens_read - read >= 4000
    slowest.sort()
    assert slowest[int(len(slowest) * 0.9)] - usual <= 0.1
    assert len(slowest) >= 4000 / 256
