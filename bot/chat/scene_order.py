"""Who speaks next in a scene: in the order of the cast, by talkativeness, or as predicted by the model."""

import asyncio
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from bot.chat.engine import Engine
from bot.chat.scene_stage import Stage, cue
from bot.chat.state_cache import Pieces, Reader, StateCache
from bot.engine.types import Request, SamplingParams
from bot.library.scenes.scene_definition import folded

END_OF_TEXT = 0  # token id


def others(stage: Stage) -> list[str]:
    """Return who may speak next: nobody twice in a row, unless alone."""
    actors = stage.actors()
    return [name for name in actors if name != stage.last_speaker] or actors


def next_in_order(stage: Stage) -> str | None:
    """Return the next member of the cast."""
    actors = stage.actors()
    if not actors:
        return None
    spoken = [line.speaker for line in stage.lines if line.speaker in actors]
    return actors[(actors.index(spoken[-1]) + 1) % len(actors)] if spoken else actors[0]


def natural_speaker(stage: Stage, text: str, random: Random) -> list[str]:
    """Return the names mentioned in ``text``, in order, then others by talkativeness; at least one at random."""
    able = others(stage)
    named = sorted((place, name) for name in able if (place := _mentioned(name, text)) is not None)
    found = [name for _, name in named]
    rest = [name for name in able if name not in found]
    random.shuffle(rest)
    found += [name for name in rest if random.random() < stage.roles[name].talkativeness]
    return found or ([random.choice(able)] if able else [])


def _mentioned(name: str, text: str) -> int | None:
    """Return the position of ``name`` as a whole word, or anywhere in scripts without spaces."""
    wanted, text = folded(name), folded(text)
    if not wanted.isascii():
        place = text.find(wanted)
        return place if place >= 0 else None
    match = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text)
    return match.start() if match else None


async def predicted_speaker(
    engine: Engine, states: StateCache, view: Pieces, names: Sequence[str], channel: str
) -> str | None:
    """Return the name whose label the model finds likeliest after ``view``; None if silence is likelier.

    A label's score is the sum of the log-probabilities of its tokens; silence is the end of the text.
    """
    if not names:
        return None
    state, first = await states.follow(view, Reader(channel))

    async def score(label: tuple[int, ...]) -> float:
        return await _score(engine, Request(tokens=first, state=state, forced=label, channel=channel))

    labels = [tuple(engine.coder.encode(cue(name))) for name in names]
    *found, silence = await asyncio.gather(*map(score, [*labels, (END_OF_TEXT,)]))
    best = max(found)
    return names[found.index(best)] if best >= silence else None


async def _score(engine: Engine, request: Request) -> float:
    """Return the log-probability of the forced tokens."""
    sampling = SamplingParams(temperature=0.0, max_tokens=len(request.forced), min_tokens=len(request.forced))
    total, count = 0.0, 0
    async for chunk in engine.stream(replace(request, sampling=sampling, scores=0)):
        total += sum(each.logprob for each in chunk.scores)
        count += len(chunk.scores)
    return total if count >= len(request.forced) else -math.inf
