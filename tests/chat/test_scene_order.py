"""Who speaks next: the cast's order, names in the text, talkativeness, and the model's own expectation."""

from dataclasses import replace
from pathlib import Path
from random import Random

from bot.chat.cast import Role
from bot.chat.scene_order import after_last, expected, naturally, others
from tests.chat.test_scene_stage import line, stage_of
from tests.fakes import FakeEngine
from tests.house import open_house

QUIET = {name: Role(name=name, talkativeness=0.0) for name in ("Ann", "Ben", "小红")}
STAGE = replace(stage_of(), roles=QUIET, present=tuple(QUIET))


def test_the_list_goes_round() -> None:
    assert after_last(STAGE) == "Ann"
    for speaker, following in (("Ann", "Ben"), ("Ben", "小红"), ("小红", "Ann"), ("旁白", "Ann")):
        assert after_last(replace(STAGE, path=[line(speaker, "x")])) == following
    assert after_last(replace(STAGE, present=())) is None


def test_those_who_are_named_answer_in_that_order() -> None:
    assert naturally(STAGE, "BEN, ask 小红! Annoying.", Random(1)) == ["Ben", "小红"]
    assert naturally(replace(STAGE, path=[line("Ben", "x")]), "Ben and Ann", Random(1)) == ["Ann"]


def test_somebody_answers_and_the_talkative_more_often() -> None:
    assert {tuple(naturally(STAGE, "well", Random(seed))) for seed in range(50)} == {("Ann",), ("Ben",), ("小红",)}
    loud = replace(STAGE, roles=QUIET | {"Ben": Role(name="Ben", talkativeness=1.0)})
    assert all("Ben" in naturally(loud, "well", Random(seed)) for seed in range(50))
    assert naturally(replace(STAGE, present=()), "well", Random(1)) == []


def test_nobody_speaks_twice_in_a_row_unless_alone() -> None:
    spoken = [line("Ann", "x")]
    assert others(replace(STAGE, path=spoken)) == ["Ben", "小红"]
    assert others(replace(STAGE, path=spoken, present=("Ann",))) == ["Ann"]


async def test_the_model_chooses_token_by_token(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_house(tmp_path, engine) as house:
        engine.enqueue("B", "t")
        names = ["Ann", "Bea", "Bet", "Beth"]
        view = (tuple(engine.coder.encode("Start.")),)
        assert await expected(engine, house.core.states, view, names, "c") in names
        asked = [
            {engine.coder.decode([token]) for token, _ in request.sampling.logit_bias} for request in engine.requests
        ]
        assert asked[1] == {"A", "B"}
        assert asked[2] == {"a", "t"}, "what all have in common is not asked"
        assert await expected(engine, house.core.states, view, ["Ann"], "c") == "Ann"
        assert await expected(engine, house.core.states, view, [], "c") is None
