"""Pictures: small, square, without metadata."""

from io import BytesIO

import pytest
from PIL import Image

from bot.errors import InvalidOption
from bot.library.cards import pictures
from tests.library.cards.card_builder import SIGNATURE, png


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", SIGNATURE, png()[:50], b"\xff\xd8\xff\xe0", png(width=50_000, height=50_000), b"x" * 1000],
)
def test_a_broken_picture_is_an_answer(data: bytes) -> None:
    with pytest.raises(InvalidOption, match="picture"):
        pictures.avatar(data)


def photo(size: tuple[int, int], kind: str, mode: str = "RGB") -> bytes:
    image = Image.new(mode, size, "red")
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    buffer = BytesIO()
    image.save(buffer, kind, **({"exif": exif.tobytes()} if kind != "GIF" else {}))
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_an_avatar_is_a_small_square_without_metadata(kind: str) -> None:
    made = pictures.avatar(photo((700, 300), kind))
    image = Image.open(BytesIO(made))
    assert (image.format, image.size) == ("PNG", (256, 256))
    assert image.info == {}
    assert not image.getexif()
    assert b"secret" not in made


def test_what_a_picture_lets_through_is_kept() -> None:
    buffer = BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(buffer, "PNG")
    assert Image.open(BytesIO(pictures.avatar(buffer.getvalue(), 16))).mode == "RGBA"
    assert Image.open(BytesIO(pictures.avatar(photo((10, 10), "PNG"), 16))).mode == "RGB"


def test_a_blank_picture_is_the_same_for_the_same_name() -> None:
    assert pictures.blank("Mira") == pictures.blank("Mira") != pictures.blank("Wei")


def test_other_formats_become_png() -> None:
    assert Image.open(BytesIO(pictures.as_png(photo((30, 20), "JPEG")))).size == (30, 20)
