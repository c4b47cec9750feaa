"""Scenes as documents: the formats of the bot's scenes, and who knows what."""

import random

from bot.chat.cast import Role
from bot.chat.scene_stage import Stage, cue, said
from bot.library.prompts import GAP
from bot.store.node import Node
from training.grammar import scenes
from training.grammar.scenes_english import ENGLISH
from training.grammar.talk import ASIDE, REPLY

MIRA = scenes.Member("Mira", "pirate", "grumpy", player=False)
TOBIN = scenes.Member("Tobin", "baker", "shy", player=False)


def bare(viewer: scenes.Member | None) -> scenes.Scene:
    return scenes.Scene(random.Random(1), ENGLISH, [MIRA, TOBIN], "tavern", ["fire"], viewer)


def characters_of(text: str) -> tuple[int, ...]:
    return tuple(map(ord, text))


def test_a_document_is_what_the_bot_reads_of_a_scene() -> None:
    lines = [("Mira", "Good evening."), ("Tobin", "Hello.")]
    roles = {"Mira": Role(name="Mira", text="Mira is a grumpy pirate."), "Tobin": Role(name="Tobin")}
    nodes = [
        Node(id=0, channel=1, parent=None, kind="line", author=who, speaker=who, output=text, finish_reason="stop",
             input_tokens=characters_of(cue(who)), output_tokens=characters_of(said(who, text)),
             scene={"heard": ["Mira", "Tobin"]})
        for who, text in lines
    ]  # fmt: skip
    stage = Stage(path=nodes, rules={"setting": "A tavern.", "memory": "own"}, roles=roles, present=("Mira", "Tobin"))
    view = "".join(chr(token) for piece in stage.view("Mira", characters_of) for token in piece)
    written = scenes.go_on(bare(MIRA), f"Mira is a grumpy pirate.{GAP}A tavern.", lines)
    assert written.text.startswith(f"{view}{GAP}")


def test_only_the_viewer_is_imitated_and_everybody_where_memory_is_shared() -> None:
    for viewer, weight in ((MIRA, ASIDE), (TOBIN, REPLY), (None, REPLY)):
        written = bare(viewer)
        written.add(TOBIN, "Oh dear.")
        assert (" Oh dear.", weight) in written.document.pieces


def test_a_forced_beginning_is_given_and_the_rest_is_written() -> None:
    written = bare(MIRA)
    written.add(MIRA, "Bah! Go away, all of you.", "Bah! Go")
    assert (" Bah! Go", ASIDE) in written.document.pieces
    assert (" away, all of you.", REPLY) in written.document.pieces


def test_in_a_scene_of_two_nobody_speaks_of_a_third() -> None:
    written = bare(None)
    assert not written.fits("I don't trust {third}.")
    assert written.fits("I trust {other}.")
    for seed in range(60):
        written = scenes.Scene(random.Random(seed), ENGLISH, [MIRA, TOBIN], "tavern", ["fire"], None)
        text = scenes.go_on(written, "").text
        assert "{" not in text
        assert "trust Tobin" not in text.split("Tobin:")[0]


def test_scenes_differ_and_repeat_with_their_seed() -> None:
    texts = {scenes.scene(ENGLISH, random.Random(seed)).text for seed in range(20)}
    assert len(texts) == 20
    assert scenes.scene(ENGLISH, random.Random(3)).text in texts


def test_an_ordinary_noun_of_what_was_told_can_be_taken_up() -> None:
    answers = 0
    for seed in range(60):
        written = scenes.Scene(random.Random(seed), ENGLISH, [MIRA, TOBIN], "tavern", ["fire"], None)
        scenes._tell(written)
        answers += written.slots.get("v", "").startswith("the ")
    assert answers
