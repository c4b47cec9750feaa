"""Reads card files from disk, with the picture beside them."""

import mmap
from pathlib import Path

from bot.errors import InvalidOption
from bot.library.cards import png_chunks
from bot.library.cards.card import OWN_EXTENSION, Card, object_of, text_of
from bot.library.cards.card_reader import MAX_FILE_SIZE, read_card

TEXT_ENDINGS = (".toml", ".json", ".yaml", ".yml")
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
CARD_ENDINGS = (
    ".toml",
    ".charx",
    ".json",
    ".yaml",
    ".yml",
    ".png",
    ".jpg",
    ".jpeg",
)  # the first one wins if files share a name
MAX_PICTURE_BYTES = 32_000_000


def read_card_file(path: Path, *, keep_picture: bool = True) -> Card:
    """Read a card file. ``keep_picture=False`` reads only the card's data. Raises InvalidOption."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_SIZE:
            raise InvalidOption("The file is {size} MB; the limit is {most} MB.", size=size // 1_000_000,
                                most=MAX_FILE_SIZE // 1_000_000)  # fmt: skip
        with path.open("rb") as file:
            if not keep_picture and file.read(8) == png_chunks.SIGNATURE:
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                    return read_card(mapped, path.stem, keep_picture=False)
            file.seek(0)
            card = read_card(file.read(MAX_FILE_SIZE + 1), path.stem)
    except OSError as error:
        raise InvalidOption("The file cannot be read: {problem}", problem=error.strerror or str(error)) from None
    if not keep_picture or card.picture is not None:
        return card
    return card.with_picture(picture_beside(path, card))


def picture_beside(path: Path, card: Card) -> bytes | None:
    """Return the picture in the card's folder: the one that the card names, else one with the card's file name."""
    own = text_of(object_of(object_of(card.data, "extensions"), OWN_EXTENSION), "picture")
    names = [own] if own and own == Path(own).name else []
    for name in (*names, *(path.stem + ending for ending in PICTURE_ENDINGS)):
        file = path.parent / name
        if file != path and file.is_file() and file.stat().st_size <= MAX_PICTURE_BYTES:
            return file.read_bytes()
    return None
