"""Every form of card is read by what is in it; what real cards get wrong is put right and told."""

import json
from base64 import b64encode
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.errors import InvalidOption
from bot.library.cards.card_reader import read_book, read_card
from bot.library.cards.repairs import Repairs
from tests.library.cards.making import (
    V1,
    V2_DATA,
    V3_DATA,
    charx,
    compressed,
    international,
    packed,
    png,
    text,
    v2,
    v3,
    zipped,
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


def dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


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


@pytest.mark.parametrize(("card", "form"), [(V1, "V1"), (v2(), "V2"), (v3(), "V3")])
def test_json_is_read(card: Any, form: str) -> None:
    for file in (
        dumped(card),
        b"\xef\xbb\xbf" + dumped(card),
        b"\n  " + dumped(card),
        json.dumps(card).encode("utf-16"),
    ):
        found = read_card(file)
        assert (found.form, found.container, found.repairs) == (form, "json", ())
        assert found.data == card.get("data", card)


def test_unknown_fields_are_kept_where_they_stood() -> None:
    found = read_card(dumped(v2(fav=True, chat="2024", data=V2_DATA | {"new": [1]})))
    assert found.root == {"spec": "chara_card_v2", "spec_version": "2.0", "fav": True, "chat": "2024"}
    assert found.data["new"] == [1]


def test_data_beats_the_mirrored_fields() -> None:
    found = read_card(dumped(v2(name="Old", first_mes="old")))
    assert (found.name, found.data["first_mes"]) == ("Mira", V1["first_mes"])
    assert read_card(dumped(v2({"name": "Mira"}, scenario="At sea."))).data["scenario"] == "At sea."


@pytest.mark.parametrize("scheme", ["embeded://", "embedded://"])
def test_charx_is_read_with_its_picture(scheme: str) -> None:
    assets = [
        {"type": "background", "uri": f"{scheme}assets/sea.png", "name": "sea", "ext": "png"},
        {"type": "icon", "uri": f"{scheme}assets/icon/happy.png", "name": "happy", "ext": "png"},
        {"type": "icon", "uri": f"{scheme}assets/icon/main.png", "name": "main", "ext": "png"},
    ]
    files = {"assets/sea.png": b"sea", "assets/icon/happy.png": b"happy", "assets/icon/main.png": png()}
    file = charx(v3(V3_DATA | {"assets": assets}), files)
    found = read_card(file)
    assert (found.form, found.container, found.picture, found.archive) == ("V3", "charx", png(), file)


def test_charx_on_a_jpeg() -> None:
    buffer = BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "JPEG")
    found = read_card(buffer.getvalue() + charx(v3()))
    assert (found.form, found.container, found.name) == ("V3", "charx", "Mira")
    assert found.picture == buffer.getvalue(), "the picture that it hangs on"


def test_a_url_is_never_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(*_: object) -> None:
        raise AssertionError("a card's address was opened")

    monkeypatch.setattr("socket.socket.connect", fetch)
    monkeypatch.setattr("socket.getaddrinfo", fetch)
    assets = [{"type": "icon", "uri": "http://127.0.0.1:9/x.png", "name": "main", "ext": "png"}]
    found = read_card(dumped(v3(V3_DATA | {"assets": assets}, avatar="https://example.org/x.png")))
    assert found.picture is None


def test_a_data_address_is_the_picture() -> None:
    uri = "data:image/png;base64," + b64encode(png()).decode()
    role = {"user": "Ann", "bot": "Mira", "greeting": "Hi", "bot_persona": "calm", "avatar": uri}
    assert read_card(dumped(role)).picture == png()
    assets = [{"type": "icon", "uri": uri, "name": "main", "ext": "png"}]
    assert read_card(dumped(v3(V3_DATA | {"assets": assets}))).picture == png()


@pytest.mark.parametrize(
    ("change", "expected", "line"),
    [
        ({"character_book": None}, {}, ""),
        ({"alternate_greetings": "Hey."}, {"alternate_greetings": ["Hey."]}, "alternate_greetings is a text"),
        ({"alternate_greetings": None}, {"alternate_greetings": []}, ""),
        ({"alternate_greetings": [1, None, "x"]}, {"alternate_greetings": ["1", "x"]}, "2 texts were kept"),
        ({"tags": "sea"}, {"tags": ["sea"]}, "tags is a text"),
        ({"extensions": None}, {"extensions": {}}, ""),
        ({"extensions": []}, {"extensions": {}}, "extensions is no object"),
        ({"description": None}, {"description": ""}, ""),
        ({"description": 7}, {"description": "7"}, "description is a number"),
        ({"description": ["a", "b"]}, {"description": "a\nb"}, "description is a list"),
        ({"character_version": 2}, {"character_version": "2"}, "character_version is a number"),
        ({"name": ""}, {"name": "mira-file"}, "the card has no name; it is called mira-file after its file"),
        ({"name": None}, {"name": "mira-file"}, "after its file"),
        ({"name": "Ann || Bob"}, {"name": "Ann || Bob"}, ""),
        ({"first_mes": ""}, {"first_mes": ""}, "the first alternate greeting begins"),
        ({"description": "a\x00b\x1b[31m"}, {"description": "ab[31m"}, "control characters were removed"),
        ({"creation_date": "1700000000"}, {"creation_date": 1700000000}, "creation_date is a text"),
        ({"assets": [{"type": "icon"}]}, {"assets": []}, "1 assets without a uri"),
        ({"assets": None}, {"assets": []}, ""),
        ({"character_book": []}, {"character_book": {"extensions": {}, "entries": []}}, "character_book is no object"),
    ],
)
def test_messy_values_are_put_right_and_told(change: dict[str, Any], expected: dict[str, Any], line: str) -> None:
    found = read_card(dumped(v3(V3_DATA | change)), "mira-file")
    assert {key: found.data[key] for key in expected} == expected
    assert len(found.repairs) == bool(line)
    assert line in "".join(found.repairs)
    untouched = set(V3_DATA) - set(change)
    assert {key: found.data[key] for key in untouched} == {key: V3_DATA[key] for key in untouched}


@pytest.mark.parametrize(
    ("change", "expected", "line"),
    [
        ({"keys": "lamp, light ,"}, {"keys": ["lamp", "light"]}, "parted at its commas"),
        ({"keys": [7, "x", None]}, {"keys": ["7", "x"]}, "something else than texts"),
        ({"enabled": "true"}, {"enabled": True}, "enabled is neither"),
        ({"enabled": 0}, {"enabled": False}, "enabled is neither"),
        ({"insertion_order": ""}, {}, "insertion_order is no number"),
        ({"insertion_order": "5"}, {"insertion_order": 5}, "insertion_order is a text"),
        ({"position": ""}, {"position": ""}, ""),
        ({"content": None}, {"content": ""}, "content is no text"),
        ({"extensions": ""}, {"extensions": {}}, "extensions are no object"),
    ],
)
def test_messy_lorebook_entries(change: dict[str, Any], expected: dict[str, Any], line: str) -> None:
    entry = V2_DATA["character_book"]["entries"][0] | change
    book = V2_DATA["character_book"] | {"entries": [entry]}
    found = read_card(dumped(v2(V2_DATA | {"character_book": book})))
    mended = found.data["character_book"]["entries"][0]  # type: ignore[index]
    assert {key: mended[key] for key in expected} == expected
    assert line in "".join(found.repairs)
    assert len(found.repairs) == bool(line)


@pytest.mark.parametrize(
    ("spec", "version", "form", "line"),
    [
        ("chara_card_v3", "3.1", "V3", "spec_version '3.1' is not 3.0"),
        ("chara_card_v4", "4.0", "V3", "spec chara_card_v4 is newer"),
        (None, None, "V2", ""),
        ("nonsense", "", "V2", "spec was read as V2"),
    ],
)
def test_other_versions_are_read_with_a_warning(spec: str | None, version: str | None, form: str, line: str) -> None:
    found = read_card(dumped({"spec": spec, "spec_version": version, "data": V2_DATA}))
    assert found.form == form
    assert line in "".join(found.repairs)
    assert len(found.repairs) == bool(line)


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


WORLD = {
    "entries": {
        "0": {"uid": 0, "key": ["sea"], "keysecondary": ["salt"], "content": "Wet.", "order": 7, "disable": True,
              "position": 4, "depth": 2, "selectiveLogic": 3, "excludeRecursion": True, "future": 1},
    },
    "originalData": None,
}  # fmt: skip


def test_a_world_file_is_a_lorebook() -> None:
    book = read_book(dumped(WORLD), Repairs())
    assert book["entries"] == [{
        "id": 0, "keys": ["sea"], "secondary_keys": ["salt"], "content": "Wet.", "insertion_order": 7, "enabled": False,
        "extensions": {"position": 4, "depth": 2, "selectiveLogic": 3, "exclude_recursion": True, "future": 1},
    }]  # fmt: skip
    with pytest.raises(InvalidOption, match="lorebook, not a character"):
        read_card(dumped(WORLD))


def test_lorebooks_in_other_files() -> None:
    book = V2_DATA["character_book"]
    assert read_book(dumped(v2()), Repairs()) == book
    assert read_book(png(after=text("chara", packed(v2()))), Repairs()) == book
    assert read_book(dumped({"spec": "lorebook_v3", "data": book}), Repairs()) == book
    assert read_book(dumped(book), Repairs()) == book
    made = read_book(b'[[lore]]\nkeys = ["sea"]\ncontent = "Wet."\nsticky = 3\n', Repairs())
    assert isinstance(made["entries"], list)
    assert made["entries"][0]["extensions"] == {"sticky": 3}
    for nothing in (dumped(V1), b'name = "x"', dumped([1])):
        with pytest.raises(InvalidOption):
            read_book(nothing, Repairs())


def test_a_backyard_archive_is_named() -> None:
    with pytest.raises(InvalidOption, match="Backyard"):
        read_card(zipped({"manifest.json": b"{}", "characters/x/character.json": b"{}"}))
