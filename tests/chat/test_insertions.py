"""Lore and notes are read in a fork, at their positions; without any there is no fork."""

from dataclasses import replace

from bot.chat.composer import Composition, Line
from bot.chat.insertions import Insertions
from bot.chat.prompt_composer import PromptComposer
from bot.library.characters.definition import DepthNote
from bot.library.lore.lore_entry import Lorebook, LoreEntry, Role
from bot.library.macros.macro_values import MacroValues
from bot.library.prompts import ChatPrompt
from bot.store.node import Node

VALUES = MacroValues(char="Owl", user="Ann", seed="1")
LAMP = LoreEntry(id="lamp", keys=("lamp",), content="{{char}}'s lamp\n\nis red.")
ROOT = Node(id=1, channel=1, parent=None, kind="root", input_tokens=(9,))
TURN = Node(id=2, channel=1, parent=1, kind="chat", author="Ann", input="a", output="b", input_tokens=(1, 2))


def turn(path: list[Node], said: str, insertions: Insertions, **prompt: str) -> Composition:
    chat = ChatPrompt(name="owl", user="Ann", bot="Owl", **prompt)  # type: ignore[arg-type]  # its texts
    return PromptComposer(chat, insertions).turn(path, Line(text=said, author="Ann"))


def test_nothing_to_insert_makes_no_fork() -> None:
    empty = Insertions(bot="Owl", values=VALUES, books=[Lorebook(entries=(LAMP,))], notes=[DepthNote("  ", 0)])
    assert turn([ROOT], "hello", empty).fork is None


def test_lore_stands_before_the_line_and_the_last_note_before_the_cue() -> None:
    insertions = Insertions(
        bot="Owl", values=VALUES, books=[Lorebook(entries=(LAMP,))], notes=[DepthNote("Be brief, {{user}}.", 0)]
    )
    composition = turn([ROOT], "the lamp?", insertions)
    assert composition.read == "\n\nAnn: the lamp?\n\nOwl:", "what is committed knows nothing of it"
    assert composition.fork is not None
    assert composition.fork.start == ROOT
    assert composition.fork.pieces == (
        "\n\nOwl's lamp\nis red.", "\n\nAnn: the lamp?", "\n\nBe brief, Ann.\n\nOwl:",
    )  # fmt: skip


def test_a_deep_note_replays_the_turns_below_it() -> None:
    fork = turn([ROOT, TURN], "c", Insertions(bot="Owl", values=VALUES, notes=[DepthNote("Night.", 2)])).fork
    assert fork is not None
    assert fork.start == ROOT
    assert fork.pieces == ("\n\nNight.", (1, 2), "\n\nAnn: c", "\n\nOwl:")


def test_a_reasoning_prompt_keeps_its_cue() -> None:
    insertions = Insertions(bot="Owl", values=VALUES, notes=[DepthNote("Night.", 0)])
    composition = turn([ROOT], "c", insertions, think="off")
    assert composition.fork is not None
    assert composition.fork.pieces[-1] == "\n\nNight.\n\nOwl: <think>\n</think>"
    assert composition.read.endswith("Owl: <think>\n</think>")


def test_a_text_by_the_person_or_the_character_is_a_turn_of_theirs() -> None:
    entry = LoreEntry(id="cat", keys=("cat",), content="My cat is called Pip.", position="depth", depth=1)
    books = [Lorebook(entries=(replace(entry, id="a", role="assistant"), replace(entry, id="u", role="user")))]
    notes = [DepthNote("Night.", 0), DepthNote("I nod.", 0, "assistant")]
    labels: dict[Role, str] = {"user": "Ann:", "assistant": "Owl:"}
    fork = turn([ROOT], "the cat?", Insertions(bot="Owl", values=VALUES, books=books, notes=notes, labels=labels)).fork
    assert fork is not None
    assert fork.pieces == (
        "\n\nOwl: My cat is called Pip.", "\n\nAnn: My cat is called Pip.", "\n\nAnn: the cat?",
        "\n\nNight.\n\nOwl: I nod.\n\nOwl:",
    )  # fmt: skip
