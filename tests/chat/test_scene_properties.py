"""Random walks through a scene, compared with a simple reference: lists of lines and their hearers."""

import asyncio
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat.cast import Role
from bot.chat.conversation import Conversation
from bot.errors import UserError
from bot.library.scenes.scene_definition import Scene
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine

NAMES = ("Ann", "Ben", "Cy")
ROLES = [Role(name=name, text=f"{name} is here.") for name in NAMES]
SCENE = Scene(id="s/n", name="n", setting="A hall.")
SHORT = replace(SEED, sampling={"max_tokens": 3})
WHO = st.sampled_from(NAMES)
MOVES = st.one_of(
    st.tuples(st.just("line"), WHO),
    st.tuples(st.just("speak"), WHO),
    st.tuples(st.just("whisper"), WHO),
    st.tuples(st.just("enter"), WHO),
    st.tuples(st.just("leave"), WHO),
    st.tuples(st.just("accept"), st.just("")),
    st.tuples(st.just("drop"), st.just("")),
    st.tuples(st.just("undo"), st.just("")),
    st.tuples(st.just("check"), st.sampled_from(["x", "y"])),
    st.tuples(st.just("load"), st.sampled_from(["x", "y"])),
    st.tuples(st.just("branch"), st.sampled_from(["main", "other"])),
    st.tuples(st.just("restart"), st.just("")),
)


@dataclass(frozen=True)
class Step:
    """A line with its hearers, or an entry or exit."""

    text: str = ""  # "Ann: words"
    heard: tuple[str, ...] = ()
    moved: str = ""


Path_ = tuple[Step, ...]


class Simple:
    """The reference: accepted and pending steps, and named paths."""

    def __init__(self) -> None:
        self.done: Path_ = ()
        self.waiting: Path_ = ()
        self.saves: dict[str, Path_] = {}
        self.branches: dict[str, Path_] = {}
        self.branch = "main"

    @property
    def path(self) -> Path_:
        return self.done + self.waiting

    def present(self) -> list[str]:
        here = dict.fromkeys(NAMES)
        for step in self.path:
            if step.moved.startswith("-"):
                here.pop(step.moved[1:], None)
            elif step.moved:
                here[step.moved] = None
        return list(here)

    def view(self, name: str) -> str:
        return "\n\n".join([f"{name} is here.", "A hall.", *(step.text for step in self.path if name in step.heard)])

    def add(self, step: Step) -> None:
        self.waiting += (step,)

    def go(self, path: Path_) -> None:
        self.done, self.waiting = path, ()
        if self.branch in self.branches:
            self.branches[self.branch] = path

    def to_branch(self, name: str) -> None:
        if self.branch not in self.branches or name != self.branch:
            self.branches[self.branch] = self.done
        if name in self.branches and name != self.branch:
            self.branch = name
            self.go(self.branches[name])
        else:
            self.branch = name
            self.branches[name] = self.done


async def step(talk: Conversation, engine: FakeEngine, simple: Simple, move: tuple[str, str], number: int) -> None:
    """Make the same move on both; if the real scene refuses it, the reference is unchanged."""
    kind, value = move
    here = simple.present()
    match kind:
        case "line":
            await talk.scene.line(value, f"words {number}", options=SHORT)
            simple.add(Step(f"{value}: words {number}", tuple(here)))
        case "speak":
            await speak(talk, engine, simple, value)
        case "whisper":
            await talk.scene.line("Narrator", f"psst {number}", options=SHORT, only=value)
            simple.add(Step(f"Narrator: psst {number}", (value,)))
        case "enter":
            await talk.scene.enter(Role(name=value), options=SHORT)
            simple.add(Step(moved=value))
        case "leave":
            await talk.scene.leave(value, options=SHORT)
            simple.add(Step(moved=f"-{value}"))
        case "accept":
            await talk.pending.accept()
            simple.go(simple.path)
        case "drop":
            await talk.pending.drop(1)
            simple.waiting = simple.waiting[:-1]
        case "undo":
            if simple.done:
                await talk.channel.undo()
                simple.go(simple.done[:-1])
        case "check":
            await talk.channel.save(value)
            simple.saves[value] = simple.done
        case "load":
            if value in simple.saves:
                await talk.channel.load(value)
                simple.go(simple.saves[value])
        case "branch":
            before = simple.waiting
            await talk.channel.branch(value)
            stays = simple.branch == value or value not in simple.branches
            simple.to_branch(value)
            if stays:
                simple.waiting = before


async def speak(talk: Conversation, engine: FakeEngine, simple: Simple, name: str) -> None:
    requests = len(engine.requests)
    update = await last(talk.scene.speak(name, options=SHORT))
    drawn = engine.requests[requests:]
    request = next(each for each in drawn if each.sampling.max_tokens > 0)
    tokens = (*engine.tokens_of(request.state), *request.tokens)
    pieces = [piece.tokens for piece in (await talk.scene.stage()).lines[:-1] if name in piece.scene.get("heard", ())]
    root = engine.coder.encode(f"{name} is here.\n\nA hall.")
    wanted = [*root, *(token for piece in pieces for token in piece), *engine.coder.encode(f"\n\n{name}:")]
    assert list(tokens) == wanted, "what was read is what should have been heard, token for token"
    assert engine.coder.decode(tokens) == f"{simple.view(name)}\n\n{name}:"
    node = update.node
    assert node is not None
    simple.add(Step(engine.coder.decode(node.tokens).removeprefix("\n\n"), tuple(simple.present())))


async def walk(moves: list[tuple[str, str]]) -> None:
    engine, simple, number = FakeEngine(), Simple(), 0
    with tempfile.TemporaryDirectory() as folder:
        remaining = list(moves)
        async with open_conversations(Path(folder), engine) as conversations:
            await (await conversations.open("test", "a")).scene.begin(SCENE, ROLES)
        while remaining:
            async with open_conversations(Path(folder), engine) as conversations:
                talk = await conversations.open("test", "a")
                while remaining and (move := remaining.pop(0))[0] != "restart":
                    number += 1
                    try:
                        await step(talk, engine, simple, move, number)
                    except UserError:
                        continue
                    stage = await talk.scene.stage()
                    assert sorted(stage.present) == sorted(simple.present()), move
                    assert len(stage.path) == 1 + len(simple.path), move


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(MOVES, min_size=1, max_size=25))
def test_everybody_has_read_what_they_should_have_heard(moves: list[tuple[str, str]]) -> None:
    asyncio.run(walk(moves))
