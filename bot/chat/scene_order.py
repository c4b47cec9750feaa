"""Who speaks next in a scene: in the order of the cast, as people talk, or whom the model itself expects."""

import re
from collections.abc import Mapping, Sequence
from random import Random

from bot.chat.engine import Engine
from bot.chat.scene_stage import Stage, cue
from bot.chat.state_cache import Pieces, Reader, StateCache
from bot.engine.types import Request, SamplingParams
from bot.library.scenes.scene_definition import folded

FORCED = 200.0  # added to the logits of the tokens that may come: none other can win
MOST_STEPS = 64  # tokens of a name


def others(stage: Stage) -> list[str]:
    """Who may speak: nobody twice in a row, unless alone."""
    actors = stage.actors()
    return [name for name in actors if name != stage.last_speaker] or actors


def after_last(stage: Stage) -> str | None:
    """The next one of the cast."""
    actors = stage.actors()
    if not actors:
        return None
    spoken = [line.speaker for line in stage.lines if line.speaker in actors]
    return actors[(actors.index(spoken[-1]) + 1) % len(actors)] if spoken else actors[0]


def naturally(stage: Stage, text: str, random: Random) -> list[str]:
    """Those whose names stand in ``text``, in its order; then whoever is talkative; else one at random."""
    able = others(stage)
    named = sorted((place, name) for name in able if (place := _mentioned(name, text)) is not None)
    found = [name for _, name in named]
    rest = [name for name in able if name not in found]
    random.shuffle(rest)
    found += [name for name in rest if random.random() < stage.roles[name].talkativeness]
    return found or ([random.choice(able)] if able else [])


def _mentioned(name: str, text: str) -> int | None:
    """Where ``name`` stands as a word; in scripts without spaces between words, anywhere."""
    wanted, text = folded(name), folded(text)
    if not wanted.isascii():
        place = text.find(wanted)
        return place if place >= 0 else None
    match = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text)
    return match.start() if match else None


async def expected(engine: Engine, states: StateCache, view: Pieces, names: Sequence[str], channel: str) -> str | None:
    """The one of ``names`` whose label the model finds most likely after ``view``, token by token."""
    labels = {name: tuple(engine.coder.encode(cue(name))) for name in names}
    state, first = await states.follow(view, Reader(channel))
    read: tuple[int, ...] = ()
    while len(labels) > 1 and len(read) < MOST_STEPS:
        choices = sorted({tokens[len(read)] for tokens in labels.values()})
        token = choices[0]
        if len(choices) > 1:
            sampling = SamplingParams(
                temperature=0.0, max_tokens=1, min_tokens=1, logit_bias=tuple((choice, FORCED) for choice in choices)
            )
            request = Request(tokens=(*first, *read), state=state, sampling=sampling, channel=channel)
            token = await _drawn(engine, request, choices)
        labels = _beginning(labels, (*read, token))
        read = (*read, token)
    return next(iter(labels), None)


def _beginning(labels: Mapping[str, tuple[int, ...]], read: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    fitting = {name: tokens for name, tokens in labels.items() if tokens[: len(read)] == read}
    longer = {name: tokens for name, tokens in fitting.items() if len(tokens) > len(read)}
    return longer if len(longer) > 1 else fitting


async def _drawn(engine: Engine, request: Request, choices: Sequence[int]) -> int:
    tokens: tuple[int, ...] = ()
    async for chunk in engine.stream(request):
        tokens = chunk.tokens or tokens
    return tokens[0] if tokens and tokens[0] in choices else choices[0]
