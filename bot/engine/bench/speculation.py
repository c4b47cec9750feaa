"""How much guessing ahead gains on a text with repeats, and costs on one without."""

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.engine.models.loading import Model
from bot.engine.serving.batch_engine import Engine
from bot.engine.settings import EngineSettings
from bot.engine.types import Coder, Request, SamplingParams

TOKENS = 240
PERIOD = 24  # tokens after which the first text repeats with a line that differs in one token only


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeculationGain:
    """Time without guesses divided by time with them, for one reply; the median of several turns."""

    repeats: float
    no_repeats: float


def measure_speculation(model: Model, coder: Coder, turns: int) -> SpeculationGain:
    """Have the model write two given texts, alternating between one token per step and guessing ahead."""
    most = min(model.spec.vocab_size, coder.vocab_size) - 1
    draw = random.Random(7)  # a text, not a secret
    line = draw.sample(range(1, most), PERIOD)
    repeats = [draw.randint(1, most) if place % PERIOD == 0 else line[place % PERIOD] for place in range(TOKENS)]
    none = draw.sample(range(1, most), min(TOKENS, most - 1))
    return SpeculationGain(repeats=_ratio(model, coder, repeats, turns), no_repeats=_ratio(model, coder, none, turns))


def _ratio(model: Model, coder: Coder, text: Sequence[int], turns: int) -> float:
    """Alternate the two modes, so that both see the same machine."""
    settings = EngineSettings(model=Path("bench"), rows=1, timeout=None, forced_at_once=False)
    engines = [Engine(model, coder, replace(settings, guess_ahead=ahead)) for ahead in (False, True)]
    for engine in engines:
        _seconds(engine, text)  # learns the cost of a token
    return round(statistics.median(_seconds(engines[0], text) / _seconds(engines[1], text) for _ in range(turns)), 2)


def _seconds(engine: Engine, text: Sequence[int]) -> float:
    sampling = SamplingParams(max_tokens=len(text))
    start = time.perf_counter()
    engine.submit(Request(tokens=tuple(text[:1]), forced=tuple(text), sampling=sampling))
    while engine.busy:
        engine.step()
    return time.perf_counter() - start
