"""Characters in a chat: greetings start it, and lore, notes and last instructions leave no trace in the state."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.chat.character_composer import CharacterComposer, PlaySettings
from bot.chat.composer import Composer, Line
from bot.chat.conversation import Conversation
from bot.chat.engine import Engine
from bot.chat.play import Play
from bot.engine.serving.loader import build_engine
from bot.engine.settings import EngineSettings
from bot.errors import InvalidOption
from bot.library.cards.bounded_json import JsonObject
from bot.library.characters.character_folder import CharacterFolder
from bot.library.characters.definition import Character, DepthNote
from bot.library.lore.lore_entry import Lorebook, LoreEntry
from bot.library.prompts import ChatPrompt
from bot.paths import data_file
from bot.store.node import Node
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine

CHAT = Play(character="mira", seed="chat")
LAMP = LoreEntry(id="lamp", keys=("lamp",), content="The lamp of {{char}} is red.\n\nIt is old.")
MIRA = Character(
    id="mira", name="Mira", char="Mira", description="Mira is a gentle sailor.",
    greetings=("Come in.\n\nSit down, {{user}}.", "You again?"), book=Lorebook(entries=(LAMP,)),
)  # fmt: skip


def played(character: Character = MIRA, **settings: Any) -> Callable[[ChatPrompt], Composer]:
    return lambda _: CharacterComposer(character, PlaySettings(play=CHAT, **settings))


def changed(**fields: Any) -> Character:
    return replace(MIRA, **fields)


def node(number: int, said: str, answered: str, tokens: tuple[int, ...] = (1,)) -> Node:
    return Node(id=number, channel=1, parent=number - 1, kind="chat", author="User", input=said, output=answered,
                input_tokens=tokens)  # fmt: skip


ROOT = Node(id=1, channel=1, parent=None, kind="root", output="Come in.", input_tokens=(9,))


def composed(character: Character, path: Sequence[Node], said: str, **settings: Any) -> tuple[Node | None, list[Any]]:
    composer = CharacterComposer(character, PlaySettings(play=CHAT, **settings))
    fork = composer.turn(path, Line(text=said, author="User")).fork
    return (None, []) if fork is None else (fork.start, list(fork.pieces))


def test_each_greeting_is_a_beginning() -> None:
    one, two = CharacterComposer(MIRA, PlaySettings(play=CHAT)).starts()
    assert one.read == "Mira is a gentle sailor.\n\nMira: Come in.\nSit down, User."
    assert (one.greeting, one.speaker) == ("Come in.\n\nSit down, User.", "Mira")
    assert two.read.endswith("Mira: You again?")
    (silent,) = CharacterComposer(changed(greetings=()), PlaySettings(play=CHAT)).starts()
    assert (silent.read, silent.greeting) == ("Mira is a gentle sailor.", "")


def test_nothing_to_insert_is_no_fork() -> None:
    assert composed(MIRA, [ROOT], "hello") == (None, [])


def test_an_entry_is_read_before_the_line_that_needs_it() -> None:
    start, pieces = composed(MIRA, [ROOT], "the lamp?")
    assert start == ROOT
    assert pieces == ["\n\nThe lamp of Mira is red.\nIt is old.", "\n\nUser: the lamp?", "\n\nMira:"]


def test_where_notes_stand() -> None:
    path = [ROOT, node(2, "one", "two", (2,)), node(3, "three", "four", (3,))]
    character = changed(note=DepthNote("deep", 4), after_history="Be brief.")
    start, pieces = composed(character, path, "five", note=DepthNote("near", 2))
    assert start == ROOT
    assert pieces == ["\n\ndeep", (2,), "\n\nnear", (3,), "\n\nUser: five", "\n\nBe brief.\n\nMira:"]
    start, pieces = composed(changed(note=DepthNote("deep", 900)), path, "five")
    assert (start, pieces[0]) == (ROOT, "\n\ndeep"), "never above the beginning"


def test_before_anything_was_read() -> None:
    bare = changed(description="", greetings=(), note=DepthNote("deep", 9))
    assert composed(bare, [], "hi") == (None, ["deep", "\n\nUser: hi", "\n\nMira:"])


def test_constant_entries_are_read_once_at_the_beginning() -> None:
    book = Lorebook(entries=(replace(LAMP, constant=True),))
    (start, *_) = CharacterComposer(changed(book=book), PlaySettings(play=CHAT)).starts()
    assert "sailor.\nThe lamp of Mira is red.\nIt is old.\n\nMira:" in start.read
    assert composed(changed(book=book), [ROOT], "the lamp?") == (None, [])


def test_a_sticky_entry_follows_from_the_path() -> None:
    book = Lorebook(entries=(replace(LAMP, sticky=5),), scan_depth=1)
    character = changed(book=book)
    path = [ROOT, node(2, "the lamp?", "red"), node(3, "and?", "old")]
    assert composed(character, path, "well")[1], "five messages"
    assert composed(character, [*path, node(4, "so", "yes")], "well") == (None, [])
    assert composed(character, [ROOT, node(2, "the sea?", "blue")], "well") == (None, []), "another branch"


def test_why_an_entry_fired() -> None:
    result = CharacterComposer(MIRA, PlaySettings(play=CHAT)).insertions.lore([ROOT], Line(text="the lamp?"))
    assert [(item.entry.id, item.cause, item.key) for item in result.fired] == [("lamp", "key", "lamp")]


def test_nobody_speaks_for_anybody_else() -> None:
    stop = (
        CharacterComposer(MIRA, PlaySettings(play=Play(character="mira", user="Ann")))
        .turn([ROOT], Line(text="hi"))
        .stop
    )
    assert {"\nAnn:", "\n\nAnn:", "\nMira:", "\n\nMira:"} <= set(stop)


@pytest.fixture(params=["fake", "demo"])
async def any_engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    if request.param == "fake":
        yield FakeEngine()
        return
    settings = EngineSettings(model=data_file("models/demo/demo.pth"), strategy="cpu fp32", rows=4, threads=1)
    engine = build_engine(settings)
    await engine.start()
    yield engine
    await engine.close()


async def test_the_committed_state_is_that_of_a_chat_without_the_book(tmp_path: Path, any_engine: Engine) -> None:
    character = changed(after_history="Be brief.", note=DepthNote("It is night.", 2))
    options = replace(SEED, sampling={"seed": 7, "max_tokens": 8})
    async with open_conversations(tmp_path, any_engine, composer=played(character)) as conversations:
        talk, plain = await conversations.open("test", "a"), await conversations.open("test", "b")
        for text in ("hello", "what of the lamp?", "and the sea?"):
            assert (await last(talk.chat(text, author="Ann", options=options))).text
        path = await talk.channel.history()
        read = any_engine.coder.decode([token for item in path for token in item.tokens])
        assert not any(text in read for text in ("is red", "night", "brief"))
        for item in path[1:]:
            await read_alike(plain, item)
        assert await state_of(plain) == await state_of(talk), "to the bit"


async def test_constant_lore_of_the_channel_leaves_no_trace(tmp_path: Path, any_engine: Engine) -> None:
    (tmp_path / "mira.toml").write_text('name = "Mira"\ndescription = "Mira is a gentle sailor."\n')
    options = replace(SEED, sampling={"seed": 7, "max_tokens": 8})
    entry: JsonObject = {"keys": [], "content": "The lamp is red.", "constant": True}
    async with open_conversations(tmp_path, any_engine, characters=CharacterFolder([tmp_path])) as conversations:
        talk, plain = await conversations.open("test", "a"), await conversations.open("test", "b")
        for each in (talk, plain):
            await each.play(CHAT, "")
        for entries in ([], [entry], []):
            await conversations.core.lore.set_entries("test:a", lambda _, new=entries: new)  # type: ignore[misc]
            turn = await last(talk.chat("hello", author="Ann", options=options))
            fired = [(item.entry.content, item.cause) for item in (await talk.lore()).fired]
            assert fired == [("The lamp is red.", "constant") for _ in entries], turn.text
        for item in (await talk.channel.history())[1:]:
            await read_alike(plain, item)
        assert await state_of(plain) == await state_of(talk), "to the bit"


async def read_alike(talk: Conversation, item: Node) -> None:
    async with talk._runner.ready():
        bare = replace(item, id=0, parent=talk.channel.head.id)
        await talk._runner.read_turns(talk.channel.head, [bare])


async def state_of(talk: Conversation) -> bytes:
    core = talk._runner._core
    handle, _ = await core.states.resume(talk.channel.head)
    assert handle is not None
    return await core.engine.export_state(handle)


def test_macros_of_late_texts_know_the_card() -> None:
    late = changed(
        after_history="{{original}}{{char}} ({{personality}}) answers {{user}}: {{persona}}", personality="shy"
    )
    play = Play(character="mira", seed="chat", user="Kai", persona="A sailor.")
    fork = CharacterComposer(late, PlaySettings(play=play)).turn([ROOT], Line(text="hi", author="User")).fork
    assert fork is not None
    assert fork.pieces[-1] == "\n\nMira (shy) answers Kai: A sailor.\n\nMira:"


def test_a_note_by_the_character_has_the_label_of_its_turns() -> None:
    noted = changed(note=DepthNote("I yawn.", 0, "assistant"), fixed_labels=True)
    fork = CharacterComposer(noted, PlaySettings(play=CHAT)).turn([ROOT], Line(text="hi", author="User")).fork
    assert fork is not None
    assert fork.pieces[-1] == "\n\nAssistant: I yawn.\n\nAssistant:"


def test_fixed_labels_do_not_hide_the_name() -> None:
    composer = CharacterComposer(changed(fixed_labels=True), PlaySettings(play=CHAT))
    (start, _) = composer.starts()
    assert start.read.endswith("\n\nAssistant: Come in.\nSit down, User.")
    assert start.speaker == "Mira"
    composition = composer.turn([ROOT], Line(text="hi", author="User"))
    assert (composition.read, composition.speaker) == ("\n\nUser: hi\n\nAssistant:", "Mira")


def test_a_long_card_has_fewer_beginnings() -> None:
    """Each of them holds the whole card: 500 greetings of a card of a megabyte would be 500 megabytes."""
    long = changed(description="x" * 400_000, greetings=tuple(f"Greeting {n}." for n in range(500)))
    starts = CharacterComposer(long, PlaySettings(play=CHAT)).starts()
    assert [start.greeting for start in starts] == [f"Greeting {n}." for n in range(4)]
    assert len(CharacterComposer(changed(greetings=("Hi.",) * 500), PlaySettings(play=CHAT)).starts()) == 500


def test_constant_lore_that_no_model_can_read_is_refused() -> None:
    entries = tuple(LoreEntry(id=str(n), constant=True, content="x" * 100_000) for n in range(6))
    with pytest.raises(InvalidOption, match="the limit is 500000"):
        CharacterComposer(changed(book=Lorebook(entries=entries)), PlaySettings(play=CHAT)).starts()
