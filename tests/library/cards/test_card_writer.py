"""Round trips: every field of a card, known or not, in every file format and version."""

import json
import zipfile
from base64 import b64decode, b64encode
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.errors import InvalidOption
from bot.library.cards import pictures
from bot.library.cards.bounded_json import JsonObject
from bot.library.cards.card import Card
from bot.library.cards.card_reader import read_card
from bot.library.cards.card_writer import card_object, write_card
from tests.library.cards.card_builder import V1, V2_DATA, V3_DATA, charx_file, packed, png, text, v2, v3

CHARACTERS = st.characters(blacklist_categories=["Cs"], blacklist_characters="\x7f", min_codepoint=32)
TEXT = st.text(CHARACTERS | st.just("\n"))
NAME = TEXT.filter(lambda name: bool(name.strip()))
TEXTS = st.lists(TEXT, max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
ENTRY = st.fixed_dictionaries(
    {"keys": TEXTS, "content": TEXT, "enabled": st.booleans(), "insertion_order": st.integers(-9, 999),
     "extensions": st.dictionaries(TEXT, JSON, max_size=3), "use_regex": st.booleans()},
    optional={"constant": st.booleans(), "secondary_keys": st.lists(TEXT, max_size=2), "priority": st.integers(0, 9),
              "position": st.sampled_from(["before_char", "after_char", ""]), "comment": TEXT, "what_is_this": JSON},
)  # fmt: skip
BOOK = st.fixed_dictionaries(
    {"extensions": st.dictionaries(TEXT, JSON, max_size=2), "entries": st.lists(ENTRY, max_size=3)},
    optional={"name": TEXT, "scan_depth": st.integers(0, 99), "recursive_scanning": st.booleans(), "later": JSON},
)
UNKNOWN = st.dictionaries(TEXT.map(lambda key: "x" + key), JSON, max_size=3)
DATA = st.builds(
    lambda known, more: known | more,
    st.fixed_dictionaries(
        {**dict.fromkeys((*V1, "creator_notes", "system_prompt", "post_history_instructions", "creator"), TEXT),
         "name": NAME, "character_version": TEXT, "tags": TEXTS,
         "alternate_greetings": TEXTS, "extensions": st.dictionaries(TEXT, JSON, max_size=3)},
        optional={"character_book": st.none() | BOOK, "nickname": TEXT, "group_only_greetings": TEXTS,
                  "creation_date": st.integers(0, 2**40), "assets": st.just(V3_DATA["assets"])},
    ),
    UNKNOWN,
)  # fmt: skip


def chunks(file: bytes) -> dict[str, Any]:
    """Return the cards in a PNG, found without our reader."""
    found, place = {}, 8
    while place < len(file):
        size = int.from_bytes(file[place : place + 4], "big")
        if file[place + 4 : place + 8] == b"tEXt":
            keyword, _, body = file[place + 8 : place + 8 + size].partition(b"\0")
            found[keyword.decode()] = json.loads(b64decode(body))
        place += size + 12
    return found


def same(got: object, wanted: dict[str, Any], *, without: tuple[str, ...] = ()) -> None:
    assert isinstance(got, dict)
    keys = set(wanted) - set(without)
    assert {key: got[key] for key in keys} == {key: wanted[key] for key in keys}


@settings(max_examples=60, deadline=None)
@given(DATA, st.sampled_from(["v2", "v3"]), st.sampled_from(["png", "json", "charx"]), UNKNOWN)
def test_a_round_trip_keeps_every_field(data: dict[str, Any], form: Any, container: str, root: dict[str, Any]) -> None:
    came = (v2 if form == "v2" else v3)(data, **root)
    card = read_card(png(after=text("chara" if form == "v2" else "ccv3", packed(came))))
    again = read_card(write_card(card, container, "v3" if container == "charx" else form))
    if container != "charx":
        assert (again.data, again.root, again.form) == (card.data, card.root, card.form)
        assert {**again.root, "data": again.data} == came
    same(again.data, data, without=("assets",) if container == "charx" else ())
    same(again.root, root)


@settings(max_examples=25, deadline=None)
@given(DATA)
def test_there_and_back_between_versions(data: dict[str, Any]) -> None:
    new = read_card(write_card(read_card(json.dumps(v2(data)).encode()), "json", "v3"))
    old = read_card(write_card(new, "png", "v2"))
    assert (new.form, old.form) == ("V3", "V2")
    same(old.data, data)


@pytest.mark.parametrize("container", ["png", "json", "charx"])
def test_a_v1_card_becomes_one_that_says_all_the_specification_demands(container: str) -> None:
    card = read_card(json.dumps(V1 | {"odd": 1}).encode())
    root = card_object(read_card(write_card(card, container)), "v3")
    assert (root["spec"], root["spec_version"], root["odd"]) == ("chara_card_v3", "3.0", 1)
    same(root["data"], V1 | {"alternate_greetings": [], "tags": [], "extensions": {}, "system_prompt": ""})


def test_a_v3_picture_has_v2s_chunk_too_and_one_of_each() -> None:
    file = png(before=text("chara", packed(V1)), after=text("ccv3", packed(v3())) + text("Comment", b"kept"))
    written = write_card(read_card(file), "png", "v3")
    found = chunks(written.replace(text("Comment", b"kept"), b""))
    assert set(found) == {"chara", "ccv3"}
    assert found["ccv3"] == v3()
    assert (found["chara"]["spec"], found["chara"]["data"]["name"]) == ("chara_card_v2", "Mira")
    assert text("Comment", b"kept") in written
    assert written.count(b"chara\0") == 1
    only = chunks(write_card(read_card(png(after=text("chara", packed(v2())))), "png", "v2"))
    assert only == {"chara": v2()}


def test_the_picture_is_the_same_pixel_by_pixel() -> None:
    card = read_card(png(after=text("chara", packed(v2()))))
    for written in (write_card(card, "png"), read_card(write_card(card, "charx")).picture):
        assert written is not None
        assert Image.open(BytesIO(written)).tobytes() == Image.open(BytesIO(png())).tobytes()


def test_a_card_without_a_picture_gets_one() -> None:
    written = write_card(read_card(json.dumps(v2()).encode()), "png")
    assert read_card(written).name == "Mira"
    assert Image.open(BytesIO(written)).size == (256, 256)


def test_charx_keeps_its_files() -> None:
    assets = [{"type": "icon", "uri": "embeded://assets/a.png", "name": "main", "ext": "png"}]
    came = charx_file(
        v3(V3_DATA | {"assets": assets}), {"assets/a.png": png(), "assets/song.ogg": b"song", "module.risum": b"m"}
    )
    with zipfile.ZipFile(BytesIO(write_card(read_card(came), "charx"))) as archive:
        assert set(archive.namelist()) == {"card.json", "assets/a.png", "assets/song.ogg", "module.risum"}
        assert archive.read("assets/song.ogg") == b"song"
        assert json.loads(archive.read("card.json")) == v3(V3_DATA | {"assets": assets})


def test_charx_names_the_picture_that_it_carries() -> None:
    card = read_card(png(after=text("ccv3", packed(v3()))))
    again = read_card(write_card(card, "charx"))
    assert again.data["assets"] == [
        {"type": "icon", "uri": "embeded://assets/icon/image/main.png", "name": "main", "ext": "png"}
    ]
    same(again.data, V3_DATA, without=("assets",))


def test_mirrored_fields_go_along_with_an_edit() -> None:
    card = read_card(json.dumps(v2(name="Mira", description="old", fav=1)).encode())
    root = card_object(card.with_data(V2_DATA | {"description": "new"}), "v2")
    assert (root["description"], root["fav"]) == ("new", 1)


def test_charx_is_v3_only() -> None:
    with pytest.raises(InvalidOption, match="V3"):
        write_card(read_card(json.dumps(v2()).encode()), "charx", "v2")


def test_a_charx_keeps_icons_that_lie_elsewhere() -> None:
    remote = {"type": "icon", "uri": "https://example.org/a.png", "name": "main", "ext": "png"}
    inside = remote | {"uri": f"data:image/png;base64,{b64encode(pictures.blank('a')).decode()}"}
    for assets, kept in (([remote], remote | {"name": "original"}), ([remote, inside], remote)):
        data: JsonObject = {"name": "Ann", "description": "x", "assets": assets}
        card = Card(form="V3", container="json", data=data, root={}, picture=pictures.blank("a"))
        found = read_card(write_card(card, "charx")).data["assets"]
        assert isinstance(found, list)
        assert kept in found
        assert sum(item["name"] == "main" for item in found) == (2 if inside in assets else 1)
