"""Text chunks of every kind, before and after the picture's data."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.library.cards import png_chunks
from bot.library.cards.card_reader import read_card
from tests.library.cards.card_builder import (
    V1,
    V3_DATA,
    compressed,
    international,
    packed,
    png,
    text,
    v2,
    v3,
)  # fmt: skip

PLACES: dict[str, Callable[[bytes], bytes]] = {
    "before": lambda part: png(before=part),
    "after": lambda part: png(after=part),
}


KINDS: dict[str, Callable[[str, bytes], bytes]] = {
    "tEXt": text,
    "zTXt": compressed,
    "iTXt": lambda keyword, content: international(keyword, content, compress=False),
    "iTXt, compressed": lambda keyword, content: international(keyword, content, compress=True),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("keyword", "card", "form"), [("chara", V1, "V1"), ("Chara", v2(), "V2"), ("ccv3", v3(), "V3")]
)
def test_a_png_is_read_wherever_its_text_stands(place: str, kind: str, keyword: str, card: Any, form: str) -> None:
    file = PLACES[place](KINDS[kind](keyword, packed(card)))
    found = read_card(file)
    assert (found.form, found.container, found.name, found.repairs) == (form, "png", "Mira", ())
    assert found.data == card.get("data", card)
    assert found.picture == file


def test_ccv3_wins_wherever_it_stands() -> None:
    new = text("ccv3", packed(v3(V3_DATA | {"name": "New"})))
    old = text("chara", packed(v2()))
    assert read_card(png(after=old + new)).name == "New"
    assert read_card(png(before=new, after=old)).name == "New"
    broken = read_card(png(after=old + text("ccv3", b"!!!")))
    assert broken.name == "Mira"
    assert broken.repairs == ("the ccv3 chunk cannot be read",)


def test_a_wrong_checksum_and_a_cut_end_are_told() -> None:
    good = png(after=text("chara", packed(v2())))
    assert read_card(good[:-12]).repairs == ("the picture is cut off",)
    place = good.rindex(b"IEND") - 5
    wrong = good[:place] + bytes([good[place] ^ 255]) + good[place + 1 :]
    assert read_card(wrong).repairs == ("the checksum of the card's text is wrong",)


def test_base64_as_programs_really_write_it() -> None:
    body = packed(v2())
    lines = b"\n".join(body[place : place + 76] for place in range(0, len(body), 76))
    for form in (lines, body.rstrip(b"="), body.replace(b"+", b"-").replace(b"/", b"_")):
        assert read_card(png(after=text("chara", form))).name == "Mira"
    plain = read_card(png(after=text("chara", json.dumps(v2()).encode())))
    assert plain.repairs == ("the card's text is plain JSON, not base64",)


def test_chunks_are_written_with_their_checksums() -> None:
    assert png_chunks.pack(b"IEND", b"") == b"\0\0\0\0IEND\xaeB`\x82"
