"""The bundled files that a fresh machine runs."""

import re
from pathlib import Path

import pytest
import torch

from bot.engine.models.loading import load_model
from training import recipe
from training.generate import CUT, Writer
from training.grammar import names
from training.probes import Chats


@pytest.fixture(scope="module")
def writer() -> Writer:
    return Writer(recipe.DEMO)


def test_the_files_fit_into_the_repository() -> None:
    assert sum(path.stat().st_size for path in recipe.DEMO.iterdir()) < 24e6


def test_it_is_an_rwkv_7_of_the_tokenizers_size(writer: Writer) -> None:
    spec = load_model(recipe.DEMO / "demo.pth").spec
    assert spec.version == "7"
    assert spec.vocab_size == writer.tokenizer.get_vocab_size()


def test_it_greets_and_stops(writer: Writer) -> None:
    (reply,) = Chats(writer, 1).say(["hello"])
    assert re.match(r"(Hi|Hello|Hey)\b", reply)
    assert not reply.endswith(CUT)


def test_it_says_who_it_is(writer: Writer) -> None:
    (reply,) = Chats(writer, 1).say(["who are you?"])
    assert "Roost" in reply


def test_it_remembers_held_out_names_over_other_talk(writer: Writer) -> None:
    chosen = names.HELD_OUT_REAL[::6]
    chats = Chats(writer, len(chosen))
    chats.say([f"hi, my name is {name}" for name in chosen])
    chats.say(["how are you?"] * len(chosen))
    chats.say(["tell me a joke"] * len(chosen))
    replies = chats.say(["what is my name?"] * len(chosen))
    right = sum(name in reply for name, reply in zip(chosen, replies, strict=True))
    assert right >= 0.8 * len(chosen)


def test_weights_are_finite(tmp_path: Path) -> None:
    values = torch.load(recipe.DEMO / "demo.pth", weights_only=True)
    assert all(torch.isfinite(value).all() for value in values.values())


def test_a_chat_that_goes_on_equals_one_that_is_read_anew(writer: Writer) -> None:
    chats = Chats(writer, 2)
    chats.say(["my name is Zoltan", "hello"])
    aside = chats.ask_aside(["what is my name?", "how are you?"])
    replies = chats.say(["what is my name?", "how are you?"])
    prompts = [text.rpartition(" " + reply)[0] for text, reply in zip(chats.texts, replies, strict=True)]
    assert writer.replies(prompts) == replies == aside
