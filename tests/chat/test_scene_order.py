"""Who speaks next: the cast's order, names in the text, talkativeness, and the model's prediction."""

from dataclasses import replace
from pathlib import Path
from random import Random

from bot.chat.cast import Role
from bot.chat.engine import Engine
from bot.chat.scene_order import natural_speaker, next_in_order, others, predicted_speaker
from bot.chat.scene_stage import cue
from tests.chat.test_exact_states import demo as demo
from tests.chat.test_scene_stage import line, stage_of
from tests.conversations import open_conversations
from tests.fakes import FakeEngine

QUIET = {name: Role(name=name, talkativeness=0.0) for name in ("Ann", "Ben", "小红")}
STAGE = replace(stage_of(), roles=QUIET, present=tuple(QUIET))


def test_the_list_goes_round() -> None:
    assert next_in_order(STAGE) == "Ann"
    for speaker, following in (("Ann", "Ben"), ("Ben", "小红"), ("小红", "Ann"), ("旁白", "Ann")):
        assert next_in_order(replace(STAGE, path=[line(speaker, "x")])) == following
    assert next_in_order(replace(STAGE, present=())) is None


def test_those_who_are_named_answer_in_that_order() -> None:
    assert natural_speaker(STAGE, "BEN, ask 小红! Annoying.", Random(1)) == ["Ben", "小红"]
    assert natural_speaker(replace(STAGE, path=[line("Ben", "x")]), "Ben and Ann", Random(1)) == ["Ann"]


def test_somebody_answers_and_the_talkative_more_often() -> None:
    assert {tuple(natural_speaker(STAGE, "well", Random(seed))) for seed in range(50)} == {
        ("Ann",),
        ("Ben",),
        ("小红",),
    }
    loud = replace(STAGE, roles=QUIET | {"Ben": Role(name="Ben", talkativeness=1.0)})
    assert all("Ben" in natural_speaker(loud, "well", Random(seed)) for seed in range(50))
    assert natural_speaker(replace(STAGE, present=()), "well", Random(1)) == []


def test_nobody_speaks_twice_in_a_row_unless_alone() -> None:
    spoken = [line("Ann", "x")]
    assert others(replace(STAGE, path=spoken)) == ["Ben", "小红"]
    assert others(replace(STAGE, path=spoken, present=("Ann",))) == ["Ann"]


async def test_the_likeliest_whole_name_speaks(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine) as conversations:
        names = ["Ann", "Bea", "Beth"]
        view = (tuple(engine.coder.encode("Start.")),)

        async def chosen(*, silence: float = -99.0) -> str | None:
            engine.likings[""] = [silence]
            return await predicted_speaker(engine, conversations.core.states, view, names, "c")

        for name, first, rest in (("Ann", -1.0, -9.0), ("Bea", -3.0, -2.0), ("Beth", -3.0, -1.0)):
            size = len(engine.coder.encode(cue(name)))
            engine.likings[cue(name)] = [first, rest, *[0.0] * (size - 2)]
        assert await chosen() == "Beth", "the likeliest beginning alone is not the likeliest name"
        assert await chosen(silence=-3.9) is None, "silence is likelier than anybody"
        assert await chosen(silence=-4.1) == "Beth"
        scored = [request for request in engine.requests if request.forced]
        assert len({id(request.state) for request in scored}) == 1, "all from one state"
        assert await predicted_speaker(engine, conversations.core.states, view, [], "c") is None


async def test_a_real_model_expects_somebody_or_nobody(tmp_path: Path, demo: Engine) -> None:
    async with open_conversations(tmp_path, demo) as conversations:
        text = "\n\nAnn: Ben, are you there?\n\nBen: Yes, Ann. And you?"
        view = (tuple(demo.coder.encode(text)),)
        found = {
            await predicted_speaker(demo, conversations.core.states, view, ["Ann", "Xerxes"], "c") for _ in range(2)
        }
        assert len(found) == 1, "nothing is drawn by chance"
        assert found <= {"Ann", None}
