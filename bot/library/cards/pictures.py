"""Characters' pictures: looked at before they are decoded, made small, rid of everything but their pixels."""

import struct
import warnings
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.errors import InvalidOption
from bot.library.cards.png_chunks import MOST_PIXELS

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
AVATAR, FACE = 256, 128  # pixels of a side: on a card, beside a line


def avatar(picture: bytes, side: int = AVATAR) -> bytes:
    """A square PNG of a picture's middle, without metadata. Takes up to a second: off the event loop."""
    with _opened(picture) as image:
        image.draft("RGB", (side * 2, side * 2))  # JPEG only: decodes a smaller picture
        turned = ImageOps.exif_transpose(image)
        fitted = ImageOps.fit(turned.convert("RGBA"), (side, side), Image.Resampling.LANCZOS)
        return _png(fitted if _sees_through(fitted) else fitted.convert("RGB"))


def data_url(png: bytes) -> str:
    """An address that holds the picture itself."""
    return f"data:image/png;base64,{b64encode(png).decode()}"


def as_png(picture: bytes) -> bytes:
    """The picture as a PNG file, in its full size and without metadata."""
    with _opened(picture) as image:
        return _png(ImageOps.exif_transpose(image).convert("RGBA"))


def sheet(faces: Sequence[bytes | None], side: int, columns: int = 6) -> bytes:
    """Square pictures of ``side`` pixels in rows, in their order; a gap where there is none."""
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
    """A plain picture for a character without one, in a colour of its name."""
    shade = sum(ord(char) * (place + 7) for place, char in enumerate(name)) % 360
    return _png(Image.new("HSV", (side, side), (shade * 255 // 360, 90, 200)).convert("RGB"))


def _png(image: Image.Image) -> bytes:
    plain = Image.new(image.mode, image.size)
    plain.paste(image)
    buffer = BytesIO()
    plain.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _sees_through(image: Image.Image) -> bool:
    lowest = image.getchannel("A").getextrema()[0]
    return isinstance(lowest, (int, float)) and lowest < 255


@contextmanager
def _opened(picture: bytes) -> Iterator[Image.Image]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own bound is lower
            with Image.open(BytesIO(picture), formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    size = image.width * image.height // 1_000_000
                    raise InvalidOption("The picture has {size} megapixels; the limit is {most}.", size=size,
                                        most=MOST_PIXELS // 1_000_000)  # fmt: skip
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
