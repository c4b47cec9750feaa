"""CHARX archives: the card, the picture, and what they may not contain."""

from io import BytesIO

import pytest
from PIL import Image

from bot.errors import InvalidOption
from bot.library.cards import charx
from bot.library.cards.card_reader import read_card
from tests.library.cards.card_builder import (
    V3_DATA,
    charx_file,
    png,
    v3,
    zipped,
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["embeded://", "embedded://"])
def test_charx_is_read_with_its_picture(scheme: str) -> None:
    assets = [
        {"type": "background", "uri": f"{scheme}assets/sea.png", "name": "sea", "ext": "png"},
        {"type": "icon", "uri": f"{scheme}assets/icon/happy.png", "name": "happy", "ext": "png"},
        {"type": "icon", "uri": f"{scheme}assets/icon/main.png", "name": "main", "ext": "png"},
    ]
    files = {"assets/sea.png": b"sea", "assets/icon/happy.png": b"happy", "assets/icon/main.png": png()}
    file = charx_file(v3(V3_DATA | {"assets": assets}), files)
    found = read_card(file)
    assert (found.form, found.container, found.picture, found.archive) == ("V3", "charx", png(), file)


def test_charx_on_a_jpeg() -> None:
    buffer = BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "JPEG")
    found = read_card(buffer.getvalue() + charx_file(v3()))
    assert (found.form, found.container, found.name) == ("V3", "charx", "Mira")
    assert found.picture == buffer.getvalue(), "the picture that it hangs on"


def test_a_backyard_archive_is_named() -> None:
    with pytest.raises(InvalidOption, match="Backyard"):
        read_card(zipped({"manifest.json": b"{}", "characters/x/character.json": b"{}"}))


def test_paths_in_archives() -> None:
    for bad in ("../x", "/etc/passwd", "a/../../b", "..\\x", "C:/x", "\\x", "a/..", "a\0b"):
        assert charx.unsafe_path(bad), bad
    for good in ("card.json", "assets/icon/a.png", "assets/日本.png", "a..b/c"):
        assert not charx.unsafe_path(good), good


def test_a_data_address_is_bounded() -> None:
    assert charx.data_picture("data:image/png;base64," + "A" * (charx.MAX_PICTURE_BYTES * 2)) is None
    assert charx.data_picture("data:,x") is None
    assert charx.data_picture("file:///etc/passwd") is None
