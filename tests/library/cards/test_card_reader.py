"""Every card format is detected by content; common faults are repaired and reported."""

import json
from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.errors import InvalidOption
from bot.library.cards.card_reader import read_card
from tests.library.cards.card_builder import (
    V1,
    V2_DATA,
    V3_DATA,
    png,
    v2,
    v3,
)  # fmt: skip


def dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


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


def test_a_small_photo_is_no_archive() -> None:
    photo = BytesIO()
    Image.new("RGB", (8, 8)).save(photo, "JPEG")
    with pytest.raises(InvalidOption, match="contains no character card"):
        read_card(photo.getvalue())


def test_a_module_of_risuai_is_named() -> None:
    with pytest.raises(InvalidOption, match="RisuAI module"):
        read_card(b"\x6f\x00\x05\x00\x00\x00hello\x00")
