"""Random walks through the turn tree, compared with a simple reference."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat.conversation import Conversation
from bot.errors import UserError
from tests.conversations import PROMPT, SEED, last, open_conversations
from tests.fakes import FakeEngine

MOVES = st.one_of(
    st.tuples(st.just("chat"), st.sampled_from(["a", "b", "c"])),
    st.tuples(st.just("alternate")),
    st.tuples(st.just("continue")),
    st.tuples(st.just("say"), st.sampled_from(["x", "y"])),
    st.tuples(st.just("edit"), st.sampled_from(["mine", "yours"])),
    st.tuples(st.just("undo"), st.integers(1, 3)),
    st.tuples(st.just("redo"), st.integers(1, 3)),
    st.tuples(st.just("swipe"), st.integers(-2, 2)),
    st.tuples(st.just("reset")),
    st.tuples(st.just("go"), st.integers(0, 12)),
    st.tuples(st.just("save"), st.sampled_from(["s", "t"])),
    st.tuples(st.just("load"), st.sampled_from(["s", "t"])),
    st.tuples(st.just("restart")),
)


@dataclass(eq=False)
class Turn:
    """A turn of the reference: its parent, and its group of alternative answers."""

    above: "Turn | None"
    said: str
    kind: str
    before: "Turn | None" = None  # what a reset left


@dataclass
class Simple:
    """The reference: HEAD, all turns, the undone ones, and the names. No tokens, no database."""

    head: Turn
    turns: list[Turn] = field(default_factory=list)
    undone: list[Turn] = field(default_factory=list)
    saves: dict[str, Turn] = field(default_factory=dict)

    def add(self, turn: Turn) -> None:
        self.turns.append(turn)
        self.to(turn)

    def to(self, turn: Turn) -> None:
        self.head, self.undone = turn, []

    def answers(self) -> list[Turn]:
        head = self.head
        if head.kind == "root":
            return [head]
        kin = [t for t in self.turns if t.above is head.above and t.said == head.said and t.kind != "root"]
        return [t for t in kin if (t.kind == "say") == (head.kind == "say")]

    def step(self, move: tuple[object, ...]) -> bool:  # one line per move
        """Make a move; return whether it was possible."""
        name, value = move[0], move[1] if len(move) > 1 else None
        head = self.head
        answered = head.kind in ("chat", "edit", "continue")
        match name, value:
            case "chat", str(text):
                self.add(Turn(head, text, "chat"))
            case "say", str(text):
                self.add(Turn(head, text, "say"))
            case "alternate", _:
                if not answered:
                    return False
                self.add(Turn(head.above, head.said, "continue" if head.kind == "continue" else "chat"))
            case "continue", _:
                if not answered:
                    return False
                self.add(Turn(head, "", "continue"))
            case "edit", _:
                if not answered:
                    return False
                self.add(Turn(head.above, head.said, "continue" if head.kind == "continue" else "edit"))
            case "undo", int(count):
                return self.undo(count)
            case "redo", int(count):
                if not self.undone:
                    return False
                there = self.undone[-count:][0]
                del self.undone[-count:]
                self.head = there
            case "swipe", int(by):
                answers = self.answers()
                place = answers.index(head) + by
                if not 0 <= place < len(answers):
                    return False
                self.to(answers[place])
            case "reset", _:
                if head.kind != "root":
                    self.add(Turn(None, "", "root", before=head))
            case "go", int(index):
                if index >= len(self.turns):
                    return False
                self.to(self.turns[index])
            case "save", str(mark):
                self.saves[mark] = head
            case "load", str(mark):
                if mark not in self.saves:
                    return False
                self.to(self.saves[mark])
        return True

    def undo(self, count: int) -> bool:
        here, undone = self.head, list(self.undone)
        for _ in range(count):
            back = here.before if here.above is None else here.above
            if back is None:
                break
            undone.append(here)
            here = back
        if here is self.head:
            return False
        self.head, self.undone = here, undone
        return True


async def step(talk: Conversation, ids: list[int], move: tuple[object, ...]) -> None:
    """Make the same move on the real tree. Raises UserError if it is not possible."""
    name, value = move[0], move[1] if len(move) > 1 else None
    short = replace(SEED, sampling={"max_tokens": 3})
    plain: dict[object, Callable[[], Awaitable[object]]] = {
        "chat": lambda: last(talk.chat(str(value), author="Ann", options=short)),
        "say": lambda: talk.say(str(value), author="Ann"),
        "alternate": lambda: last(talk.alternate(options=short)),
        "continue": lambda: last(talk.continue_reply(options=short)),
        "edit": lambda: talk.edit(str(value)),
        "undo": lambda: talk.channel.undo(int(str(value))),
        "redo": lambda: talk.channel.redo(int(str(value))),
        "swipe": lambda: talk.channel.swipe(int(str(value))),
        "reset": talk.reset,
        "go": lambda: talk.channel.go(ids[int(str(value))] if int(str(value)) < len(ids) else 10_000),
        "save": lambda: talk.channel.save(str(value)),
        "load": lambda: talk.channel.load(str(value)),
    }
    await plain[name]()


async def walk(moves: list[tuple[object, ...]]) -> None:
    engine = FakeEngine()
    root = Turn(None, "", "root")
    simple = Simple(root, [root])
    with tempfile.TemporaryDirectory() as folder:
        remaining = list(moves)
        while remaining:
            async with open_conversations(Path(folder), engine) as conversations:
                talk = await conversations.open("test", "a")
                while remaining and (move := remaining.pop(0))[0] != "restart":
                    ids = [node.id for node in await talk.channel.tree()]
                    try:
                        await step(talk, ids, move)
                        worked = True
                    except UserError:
                        worked = False
                    assert worked == simple.step(move), move
                    await agree(talk, simple)
        if engine.requests:
            text = engine.coder.decode([*engine.tokens_of(engine.requests[-1].state), *engine.requests[-1].tokens])
            assert text.startswith(PROMPT.start()), "whatever happened, the model read whole paths only"


async def agree(talk: Conversation, simple: Simple) -> None:
    nodes = await talk.channel.tree()
    place = {turn: index for index, turn in enumerate(simple.turns)}
    number = {node.id: index for index, node in enumerate(nodes)}
    assert [(n.kind, n.input if n.kind != "root" else "") for n in nodes] == [(t.kind, t.said) for t in simple.turns]
    assert [None if n.parent is None else number[n.parent] for n in nodes] == [
        None if t.above is None else place[t.above] for t in simple.turns
    ]
    assert number[talk.channel.head.id] == place[simple.head]
    assert [number[node.id] for node in await talk.channel.siblings()] == [place[turn] for turn in simple.answers()]
    assert {mark.name: number[mark.node] for mark in await talk.channel.saves()} == {
        name: place[turn] for name, turn in simple.saves.items()
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(MOVES, min_size=1, max_size=25))
def test_the_tree_moves_as_a_simple_one_does(moves: list[tuple[object, ...]]) -> None:
    asyncio.run(walk(moves))
