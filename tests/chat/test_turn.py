"""A turn in progress: frames, candidates, and how it was sampled."""

import asyncio
from dataclasses import replace

import pytest

from bot.chat.turn import Candidates, Plan, Turn, TurnOptions, TurnUpdate, sampling_params, sampling_values
from bot.engine.types import Chunk, FinishReason, SamplingParams
from bot.errors import InvalidOption

PLAN = Plan(
    parent=None, kind="chat", keep="head", options=TurnOptions(), sampling=SamplingParams(), shown=str.strip,
    forced=" Well,",
)  # fmt: skip


def candidates(plan: Plan, *texts: str, reason: FinishReason = "stop") -> Candidates:
    found = Candidates(plan)
    for index, text in enumerate(texts):
        found.add(Chunk(text=text, index=index))
        found.add(Chunk(text="", index=index, finish_reason=reason, tokens=(1,)))
    return found


def test_later_layers_go_over_earlier_ones_and_unknown_names_are_told() -> None:
    params = sampling_params({"temperature": 0.5, "top_p": 0.3}, {"top_p": 0.9, "banned_tokens": [3, 4]})
    assert (params.temperature, params.top_p, params.banned_tokens) == (0.5, 0.9, (3, 4))
    assert sampling_values(params) == {"temperature": 0.5, "top_p": 0.9, "banned_tokens": (3, 4)}
    with pytest.raises(InvalidOption, match="no sampling parameter heat"):
        sampling_params({"heat": 1})


async def test_a_late_reader_skips_frames_but_no_candidates_last_one() -> None:
    turn = Turn()
    for number in range(5):
        turn.show(TurnUpdate(text=f"a{number}"))
    turn.show(TurnUpdate(text="a", finish_reason="stop"))
    turn.show(TurnUpdate(text="b", finish_reason="stop", index=1))
    turn.finish()
    assert [update.text async for update in turn.updates()] == ["a", "b"]


async def test_an_error_reaches_the_reader_after_the_frames() -> None:
    turn, seen = Turn(), list[str]()

    async def read() -> None:
        async for update in turn.updates():
            seen.append(update.text)  # until it raises

    turn.show(TurnUpdate(text="so far"))
    reader = asyncio.create_task(read())
    turn.finish(ValueError("broken"))
    with pytest.raises(ValueError, match="broken"):
        await reader
    assert seen == ["so far"]


def test_what_repeats_is_found_and_replaced() -> None:
    plan = replace(PLAN, unlike=("Well, no.",))
    found = candidates(plan, " no.", " yes.", " yes.")
    assert found.repeated() == [0, 2]
    assert found.take_new([0, 2], candidates(plan, " yes.", " no.", " perhaps.", " perhaps.")) == [2]
    assert [found.text(index) for index in range(3)] == ["Well, perhaps.", "Well, yes.", "Well, yes."]
    found.drop([2])
    assert sorted(found.last) == [0, 1]


def test_what_was_cut_repeats_nothing_and_is_kept_only_with_words() -> None:
    plan = replace(PLAN, forced="", unlike=("no",))
    assert candidates(plan, "no", reason="cancelled").repeated() == []
    assert candidates(plan, "no", " ", reason="cancelled").worth_keeping() == [0]
