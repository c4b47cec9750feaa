"""Processes character pictures: checks their size before decoding, scales them and strips metadata."""

import struct
import warnings
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.errors import InvalidOption
from bot.library.cards.png_chunks import MAX_PIXELS

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
AVATAR, FACE = 256, 128  # side in pixels: on a card, beside a line


def avatar(picture: bytes, side: int = AVATAR) -> bytes:
    """Return the middle of a picture as a square PNG without metadata. Takes up to a second: run in a thread."""
    with _opened(picture) as image:
        image.draft("RGB", (side * 2, side * 2))  # JPEG only: decode at a reduced size
        turned = ImageOps.exif_transpose(image)
        fitted = ImageOps.fit(turned.convert("RGBA"), (side, side), Image.Resampling.LANCZOS)
        return _png(fitted if _has_transparency(fitted) else fitted.convert("RGB"))


def data_url(png: bytes) -> str:
    """Return a data: URL."""
    return f"data:image/png;base64,{b64encode(png).decode()}"


def as_png(picture: bytes) -> bytes:
    """Convert the picture to PNG, in full size and without metadata."""
    with _opened(picture) as image:
        return _png(ImageOps.exif_transpose(image).convert("RGBA"))


def sheet(faces: Sequence[bytes | None], side: int, columns: int = 6) -> bytes:
    """Arrange square pictures of ``side`` pixels in rows, in order. None leaves a gap."""
    rows = -(-len(faces) // columns)
    whole = Image.new("RGBA", (min(len(faces), columns) * side, rows * side))
    for place, face in enumerate(faces):
        if face is not None:
            with _opened(face) as image:
                whole.paste(
                    image.convert("RGBA").resize((side, side)), (place % columns * side, place // columns * side)
                )
    return _png(whole)


def blank(name: str, side: int = AVATAR) -> bytes:
    """Return a plain picture for a character without one, coloured by its name."""
    shade = sum(ord(char) * (place + 7) for place, char in enumerate(name)) % 360
    return _png(Image.new("HSV", (side, side), (shade * 255 // 360, 90, 200)).convert("RGB"))


def _png(image: Image.Image) -> bytes:
    plain = Image.new(image.mode, image.size)
    plain.paste(image)
    buffer = BytesIO()
    plain.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _has_transparency(image: Image.Image) -> bool:
    lowest = image.getchannel("A").getextrema()[0]
    return isinstance(lowest, (int, float)) and lowest < 255


@contextmanager
def _opened(picture: bytes) -> Iterator[Image.Image]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            with Image.open(BytesIO(picture), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    size = image.width * image.height // 1_000_000
                    raise InvalidOption("The picture has {size} megapixels; the limit is {most}.", size=size,
                                        most=MAX_PIXELS // 1_000_000)  # fmt: skip
                yield image
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
        struct.error,
    ) as error:
        raise InvalidOption("The picture cannot be read: {problem}", problem=str(error)[:120]) from None
