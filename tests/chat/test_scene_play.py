"""Scenes on a real store with the fake engine: views, whispers, candidates, pending lines, entries and exits."""

import functools
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.cast import Role, make_roles
from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.chat.scene_stage import Stage
from bot.chat.turn import TurnUpdate
from bot.errors import Busy, InvalidOption, NotFound, UserError
from bot.library.cards import pictures
from bot.library.scenes.scene_definition import Scene, SceneLine
from bot.library.scenes.scene_folder import SceneFolder
from tests.chat.channel import conversations as conversations
from tests.chat.channel import engine as engine
from tests.chat.channel import talk as talk
from tests.conversations import SEED, last, open_conversations
from tests.fakes import WORDS, FakeEngine

SCENE = Scene(id="tests/well", name="The well", setting="A dry well.", lines=(SceneLine("Ann", "Look."),))
ANN, BEN = Role(name="Ann", text="Ann digs."), Role(name="Ben", text="Ben fears the dark.")


async def begun(talk: Conversation, scene: Scene = SCENE, *roles: Role) -> Conversation:
    await talk.scene.begin(scene, roles or (ANN, BEN))
    return talk


async def all_of(updates: AsyncIterator[TurnUpdate]) -> list[TurnUpdate]:
    return [update async for update in updates if update.finish_reason is not None]


def read_of(engine: FakeEngine, which: int = -1) -> str:
    request = engine.requests[which]
    return engine.coder.decode([*engine.tokens_of(request.state), *request.tokens])


async def speak(talk: Conversation, name: str) -> str:
    return (await last(talk.scene.speak(name, options=SEED))).text


async def test_own_memory_is_the_card_and_what_was_heard(talk: Conversation, engine: FakeEngine) -> None:
    await begun(talk)
    await talk.scene.line("Ben", "The key is mine.", options=SEED, only="Ann")
    engine.enqueue(" I know.", " Where is it?")
    assert await speak(talk, "ann") == "I know."
    assert read_of(engine) == "Ann digs.\n\nA dry well.\n\nAnn: Look.\n\nBen: The key is mine.\n\nAnn:"
    assert await speak(talk, "Narrator") == "Where is it?"
    assert "key" not in read_of(engine), "a whisper is heard by two"
    assert "digs" not in read_of(engine)


async def test_shared_memory_is_one_view(talk: Conversation, engine: FakeEngine) -> None:
    await begun(talk, replace(SCENE, memory="shared"))
    await speak(talk, "Ann")
    first = read_of(engine)
    assert first == "Ann digs.\n\nBen fears the dark.\n\nA dry well.\n\nAnn: Look.\n\nAnn:"
    line = await talk.scene.last_line()
    await speak(talk, "Ben")
    assert read_of(engine) == f"{first} {line.output}\n\nBen:" or read_of(engine).startswith(first)
    with pytest.raises(InvalidOption, match="whispered"):
        await talk.scene.line("Ben", "psst", options=SEED, only="Ann")


async def test_a_view_reads_only_the_lines_that_it_missed(talk: Conversation, engine: FakeEngine) -> None:
    await begun(talk)
    await speak(talk, "Ann")
    await speak(talk, "Ben")
    before, requests = engine.tokens_read, len(engine.requests)
    for number in range(5):
        await talk.scene.line("Ben", f"line {number}", options=SEED)
    assert len(engine.requests) == requests, "lines are read when somebody speaks"
    stage = await talk.scene.stage()
    missed = sum(len(line.tokens) for line in stage.lines[-6:])  # Ben's own two and four others
    await speak(talk, "Ann")
    cue = len(engine.coder.encode("\n\nAnn:"))
    assert engine.tokens_read - before == 1 + missed + 1 + cue


async def test_candidates_cost_one_reading(talk: Conversation, engine: FakeEngine) -> None:
    await begun(talk)
    found = await all_of(talk.scene.speak("Ann", options=replace(SEED, n=8)))
    assert len({update.text for update in found}) == 8
    root, rest, drawn = engine.requests
    assert (drawn.n, drawn.tokens[1:]) == (8, tuple(engine.coder.encode("\n\nAnn:")))
    assert len(root.tokens) + len(rest.tokens) + len(drawn.tokens) < len(engine.coder.encode(read_of(engine))) + 3
    more = await all_of(talk.scene.more(options=replace(SEED, n=2)))
    assert engine.requests[-1].tokens == drawn.tokens, "nothing is read for further ones"
    siblings = await talk.channel.siblings(more[0].node.id if more[0].node else None)
    assert sorted(line.output for line in siblings) == sorted(update.text for update in (*found, *more))


async def test_lines_that_do_not_fit_are_drawn_again(talk: Conversation, engine: FakeEngine) -> None:
    await begun(talk)
    engine.enqueue(" One.", " ", " one.", " Ann: me.", " Two.", "  ", " Three.", " Four.")
    found = await all_of(talk.scene.speak("Ann", options=replace(SEED, n=4)))
    assert sorted(update.text for update in found) == ["Four.", "One.", "Three.", "Two."]
    engine.enqueue(*[" One."] * 4)
    with pytest.raises(UserError, match="no new line for Ann"):
        await all_of(talk.scene.more(options=SEED))
    assert len(await talk.channel.siblings((await talk.scene.last_line()).id)) == 4


async def test_a_line_never_holds_anothers(talk: Conversation, engine: FakeEngine) -> None:
    await begun(talk, SCENE, ANN, Role(name="Old Cy"))
    engine.enqueue(" Well.\nOld Cy: No.")
    assert await speak(talk, "Ann") == "Well."
    engine.enqueue(" Well!\nNarrator: He ran.")
    assert await speak(talk, "Ann") == "Well!"


async def test_stop_strings_hold_across_tokens_and_in_any_script(tmp_path: Path) -> None:
    engine = FakeEngine(words=(*WORDS[:-2], "小", "红", "：", *WORDS[-2:]))
    async with open_conversations(tmp_path, engine) as conversations:
        talk = await conversations.open("console", "c")
        await talk.scene.begin(SCENE, (ANN, Role(name="小红")))
        engine.enqueue(" Well.\n小红： No.")
        assert await speak(talk, "Ann") == "Well."
        await talk.scene.line("Zoe", "Hi.", options=SEED, person=True)
        engine.enqueue(" Oh.\nZoe: Me too.")
        assert await speak(talk, "Ann") == "Oh.", "people's names end a line, too"


async def test_a_line_costs_what_its_speaker_missed_and_never_the_whole(talk: Conversation, engine: FakeEngine) -> None:
    cast = [Role(name=f"Actor{number}", text=f"Actor{number} acts.") for number in range(10)]
    lines = tuple(SceneLine(f"Actor{number % 10}", f"This is line {number}.") for number in range(300))
    await begun(talk, replace(SCENE, lines=lines), *cast)
    for role in cast:
        await speak(talk, role.name)
    for number in range(30):
        speaker = f"Actor{number * 7 % 10}"
        stage = await talk.scene.stage()
        last_own = max(place for place, line in enumerate(stage.lines) if line.speaker == speaker)
        missed = sum(len(line.tokens) for line in stage.lines[last_own:])
        before = engine.tokens_read
        await speak(talk, speaker)
        assert engine.tokens_read - before <= missed + len(engine.coder.encode(f"\n\n{speaker}:")) + 2


async def test_pending_lines_move_all_views_together(talk: Conversation, engine: FakeEngine) -> None:
    await begun(talk)
    head = talk.channel.head
    engine.enqueue(" first", " second")
    await speak(talk, "Ann")
    await speak(talk, "Ben")
    assert talk.channel.head == head
    assert [line.output for line in await talk.pending.lines()] == ["first", "second"]
    await talk.pending.drop(1)
    await speak(talk, "Ben")
    assert "second" not in read_of(engine)
    await talk.pending.accept()
    assert talk.channel.head.speaker == "Ben"
    await talk.channel.undo(2)
    await speak(talk, "Ben")
    assert "first" not in read_of(engine)


async def test_who_left_does_not_hear(talk: Conversation, engine: FakeEngine) -> None:
    await begun(talk)
    await talk.scene.leave("ben", options=SEED)
    await talk.scene.line("Ann", "Gone at last.", options=SEED)
    with pytest.raises(NotFound, match="Ben is not in the scene"):
        await speak(talk, "Ben")
    await talk.scene.enter(Role(name="Ben"), options=SEED)
    await talk.scene.line("Ann", "Oh, hello.", options=SEED)
    await speak(talk, "Ben")
    assert read_of(engine) == "Ben fears the dark.\n\nA dry well.\n\nAnn: Look.\n\nAnn: Oh, hello.\n\nBen:"
    with pytest.raises(InvalidOption, match="already"):
        await talk.scene.enter(Role(name="BEN"), options=SEED)


async def test_who_comes_later_knows_nothing_of_before(talk: Conversation, engine: FakeEngine) -> None:
    await begun(talk)
    await talk.scene.enter(Role(name="Cy", text="Cy sings."), options=SEED)
    await speak(talk, "Cy")
    assert read_of(engine) == "Cy sings.\n\nA dry well.\n\nCy:"


async def test_other_words_for_a_line_are_what_is_read(talk: Conversation, engine: FakeEngine) -> None:
    await begun(talk)
    engine.enqueue(" as drawn")
    await speak(talk, "Ann")
    await talk.scene.rewrite("as edited")
    await speak(talk, "Ben")
    assert read_of(engine).endswith("\n\nAnn: as edited\n\nBen:")
    assert "drawn" not in read_of(engine)


async def test_the_end_of_a_scene_is_the_talk_before_it(talk: Conversation) -> None:
    before = talk.channel.head
    await begun(talk)
    assert talk.scene.is_active
    await talk.scene.end()
    assert talk.channel.head == before
    with pytest.raises(NotFound, match="scene begin"):
        await talk.scene.stage()


async def test_pending_lines_and_views_outlive_the_process(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        talk = await begun(await conversations.open("test", "a"))
        await talk.scene.line("Ann", "kept", options=SEED)
        await speak(talk, "Ben")
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine) as conversations:
        talk = await conversations.open("test", "a")
        assert len(await talk.pending.lines()) == 2
        await speak(talk, "Ben")
        assert engine.tokens_read < 10, "its state was kept"
        assert "kept" in read_of(engine)


async def test_pending_lines_are_bounded(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat.scene_play.MAX_PENDING", 2)
    await begun(talk)
    for _ in range(2):
        await talk.scene.line("Ann", "on", options=SEED)
    for call in (talk.scene.line("Ann", "on", options=SEED), talk.scene.leave("Ann", options=SEED), speak(talk, "Ann")):
        with pytest.raises(InvalidOption, match="2 lines are pending"):
            await call


async def test_they_talk_only_once_at_a_time(talk: Conversation) -> None:
    await begun(talk)
    talk.scene.begin_auto_play()
    with pytest.raises(Busy):
        talk.scene.begin_auto_play()
    assert await talk.stop()
    assert not await talk.scene.pause(60)
    talk.scene.end_auto_play()
    assert not await talk.stop()


async def test_two_scenes_with_one_character_share_no_memory(conversations: Conversations, engine: FakeEngine) -> None:
    here, there = await begun(await conversations.open("test", "a")), await begun(await conversations.open("test", "b"))
    await here.scene.line("Ben", "a secret", options=SEED)
    await speak(here, "Ann")
    await speak(there, "Ann")
    assert "secret" not in read_of(engine)


async def test_pictures_are_those_of_the_library_or_beside_the_scene(tmp_path: Path) -> None:
    folder = tmp_path / "scenes" / "one" / "hall"
    folder.mkdir(parents=True)
    (folder / "场景剧本.json").write_text('{"CharacterData": {"AI": ["Ann", "Ben"], "User": []}}', encoding="utf-8")
    (folder / "Ann.png").write_bytes(pictures.blank("Ann"))
    scenes = SceneFolder([tmp_path / "scenes"])
    async with open_conversations(tmp_path, FakeEngine(), scenes=scenes) as conversations:
        talk = await conversations.open("test", "a")
        scene = scenes.load("hall")
        await talk.scene.begin(
            scene, await make_roles(scene, functools.partial(conversations.core.characters.get, scope=""))
        )
    async with open_conversations(tmp_path, FakeEngine(), scenes=scenes) as conversations:
        talk = await conversations.open("test", "a")
        assert (await talk.picture("Ann", "") or b"").startswith(b"\x89PNG")
        assert await talk.picture("Ben", "") is None
        assert await talk.picture("Narrator", "") is None
        assert talk.scene_name == scene.name
        assert (await talk.cover() or "").startswith("data:image/png;base64,")
        (folder / "Ann.png").unlink()
        assert await talk.picture("Ann", "") is None
        assert await talk.cover() is None
        await talk.scene.end()
        assert talk.scene_name == ""


async def test_a_cover_is_no_error_if_the_scene_ends_meanwhile(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begun(talk)
    stage = talk.scene.stage

    async def stage_after_the_end() -> Stage:
        await talk.scene.end()
        return await stage()

    monkeypatch.setattr(talk.scene, "stage", stage_after_the_end)
    monkeypatch.setattr(type(talk.scene), "end", lambda scene: talk.channel.go(talk.channel.beginning.previous or 0))
    assert talk.scene.is_active
    assert await talk.cover() is None
    assert not talk.scene.is_active
