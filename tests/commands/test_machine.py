"""Random command sequences, compared with a simple model of the tree: 1,000 in all, with the slow tests."""

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.commands.talking import Talk, talking

NAMES = st.sampled_from(["one", "two", "three"])
COUNTS = st.integers(1, 4)


@dataclass
class Turn:
    """A turn of the model tree: a person's message, the answer, and the parent."""

    said: str
    answer: str
    parent: "Turn | None"
    previous: "Turn | None" = None  # of a root
    children: list["Turn"] = field(default_factory=list)

    def siblings(self) -> list["Turn"]:
        return [] if self.parent is None else [turn for turn in self.parent.children if turn.said == self.said]


class OpenTalk:
    """A conversation that stays open for many sequences, each in its own channel, because opening a database is
    slow."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.talk: Talk = self.loop.run_until_complete(self.stack.enter_async_context(talking(Path(folder))))
        self.channels = 0
        self.run(self.talk("hello"))  # the prompt is read once, for all channels

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def close(self) -> None:
        self.run(self.stack.aclose())
        self.loop.close()


def machine(conversations: OpenTalk) -> type[RuleBasedStateMachine]:
    """Return the state machine that uses ``conversations``."""

    class Commands(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            conversations.channels += 1
            self.channel = f"channel {conversations.channels}"
            self.head = Turn("", "", None)
            self.undone: list[Turn] = []
            self.saves: dict[str, Turn] = {}
            self.count = 0

        def do(self, text: str) -> Any:
            reply = conversations.run(conversations.talk(text, channel=self.channel))
            head = conversations.run(conversations.talk.conversations.open("test", self.channel)).channel.head
            assert (head.input if head.kind != "root" else "", head.output) == (self.said(), self.head.answer), text
            return reply

        def said(self) -> str:
            return self.head.said

        def add(self, said: str, parent: Turn) -> str:
            self.count += 1
            answer = f"answer {self.count}"
            conversations.talk.engine.enqueue(f" {answer}")
            self.head = Turn(said, answer, parent)
            parent.children.append(self.head)
            self.undone.clear()
            return answer

        @rule(word=st.sampled_from(["hello", "why", "+more?"]))
        def say(self, word: str) -> None:
            said = word if word != "+more?" else "1 + 1"
            answer = self.add(said, self.head)
            assert self.do(said).text == answer

        @precondition(lambda self: self.head.answer)
        @rule()
        def another(self) -> None:
            assert self.head.parent is not None
            answer = self.add(self.head.said, self.head.parent)
            reply = self.do("+")
            siblings = self.head.siblings()
            assert (reply.text, reply.position) == (answer, (len(siblings), len(siblings)))

        @precondition(lambda self: self.head.answer)
        @rule(right=st.booleans())
        def swipe(self, right: bool) -> None:
            siblings = self.head.siblings()
            place = [turn is self.head for turn in siblings].index(True) + (1 if right else -1)
            possible = 0 <= place < len(siblings)
            if possible:
                self.head = siblings[place]
                self.undone.clear()
            reply = self.do(f"+swipe {'right' if right else 'left'}")
            assert (reply.kind, reply.text) == ("turn", self.head.answer) if possible else reply.kind == "error"

        @rule(turns=COUNTS)
        def undo(self, turns: int) -> None:
            moved = False
            for _ in range(turns):
                above = self.head.parent or self.head.previous
                if above is not None:
                    self.undone.append(self.head)
                    self.head, moved = above, True
            assert (self.do(f"+undo {turns}").kind == "info") == moved

        @rule(turns=COUNTS)
        def redo(self, turns: int) -> None:
            possible = bool(self.undone)
            for _ in range(turns):
                if self.undone:
                    self.head = self.undone.pop()
            assert (self.do(f"+redo {turns}").kind == "info") == possible

        @rule()
        def reset(self) -> None:
            if self.head.parent is not None:
                self.head = Turn("", "", None, previous=self.head)
                self.undone.clear()
            self.do("+reset")

        @rule(name=NAMES)
        def save(self, name: str) -> None:
            self.saves[name] = self.head
            self.do(f"+save {name}")

        @rule(name=NAMES)
        def load(self, name: str) -> None:
            known = name in self.saves
            if known and self.saves[name] is not self.head:
                self.undone.append(self.head)  # redo leads back
                self.head = self.saves[name]
            assert (self.do(f"+load {name}").kind == "info") == known

        @rule(name=NAMES)
        def forget(self, name: str) -> None:
            known = self.saves.pop(name, None) is not None
            assert (self.do(f"+forget {name}").kind == "info") == known

        @precondition(lambda self: self.head.answer)
        @rule()
        def edit(self) -> None:
            assert self.head.parent is not None
            self.count += 1
            edited = Turn(self.head.said, f"edited {self.count}", self.head.parent)
            self.head.parent.children.append(edited)
            self.head = edited
            self.undone.clear()
            self.do(f"+edit {edited.answer}")

        @rule(
            text=st.sampled_from(
                ["+tree", "+history", "+saves", "+branches", "+nonsense", "+undo x", "hi -temp=99", ""]
            )
        )
        def look(self, text: str) -> None:
            self.do(text)

        @rule()
        def write(self) -> None:
            conversations.talk.engine.enqueue(" free text")
            assert self.do("+gen Once").text == "Once free text"

        def teardown(self) -> None:
            before = conversations.talk.engine.tokens_read
            self.count += 1
            self.add("last words", self.head)
            self.do("last words")
            path, turn = [], self.head
            while turn.parent is not None:
                path.append(f"\n\nUser: {turn.said}\n\nAssistant: {turn.answer}")
                turn = turn.parent
            read = "".join(reversed(path)).removesuffix(f" {self.head.answer}")
            assert conversations.talk.read() == "User: hello\n\nAssistant: hello friend." + read
            assert conversations.talk.engine.tokens_read - before < 40, "no turn is read twice"

    return Commands


def run(examples: int) -> None:
    conversations = OpenTalk()
    try:
        run_state_machine_as_test(
            machine(conversations),
            settings=settings(
                max_examples=examples, stateful_step_count=20, deadline=None,
                suppress_health_check=list(HealthCheck), database=None,
            ),
        )  # fmt: skip
    finally:
        conversations.close()


@pytest.mark.timeout(600)
def test_sequences_of_commands_move_as_the_simple_tree_does() -> None:
    run(30)


@pytest.mark.slow
def test_a_thousand_sequences() -> None:
    run(1000)
