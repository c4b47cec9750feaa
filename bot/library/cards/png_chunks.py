"""Reads PNG files chunk by chunk, since Pillow does not expose text chunks after the image data."""

import binascii
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

from bot.errors import InvalidOption
from bot.library.cards.repairs import Repairs

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_BYTES = 32_000_000  # bytes per file
MAX_PIXELS = 40_000_000
MAX_CHUNKS = 100_000
MAX_TEXT_BYTES = 11_000_000  # base64 of 8 MB
TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk's offsets: ``start`` of its length field, ``data`` of its content, ``end`` after its CRC."""

    kind: bytes
    start: int
    data: int
    size: int

    @property
    def end(self) -> int:
        """The offset of the next chunk."""
        return self.data + self.size + 4


def walk(file: bytes | mmap, repairs: Repairs) -> Iterator[Chunk]:
    """Iterate over the chunks of a PNG, stopping where it is truncated. Raises InvalidOption if it is too large."""
    place, length = len(SIGNATURE), len(file)
    for count in range(MAX_CHUNKS + 1):
        if place + 8 > length:
            repairs.note("the picture is cut off")
            return
        size, kind = struct.unpack_from(">I4s", file, place)
        if place + 12 + size > length:
            repairs.note("the picture is cut off")
            return
        chunk = Chunk(kind, place, place + 8, size)
        if count == 0:
            _check_size(file, chunk)
        yield chunk
        if kind == b"IEND":
            return
        place = chunk.end
    raise InvalidOption("The picture has more than {most} chunks.", most=MAX_CHUNKS)


def card_texts(file: bytes | mmap, keywords: tuple[str, ...], repairs: Repairs) -> dict[str, list[bytes]]:
    """Return the texts for ``keywords``, compared in lower case, by keyword. Raises InvalidOption."""
    found: dict[str, list[bytes]] = {}
    for chunk in walk(file, repairs):
        if chunk.kind not in TEXT_CHUNKS:
            continue
        head = bytes(file[chunk.data : chunk.data + min(chunk.size, 80)])
        keyword = head.partition(b"\0")[0].decode("latin-1").strip().lower()
        if keyword not in keywords:
            continue
        if chunk.size > MAX_TEXT_BYTES:
            raise InvalidOption("The card's text is {size} MB; the limit is {most} MB.", size=chunk.size // 1_000_000,
                                most=MAX_TEXT_BYTES // 1_000_000)  # fmt: skip
        content = bytes(file[chunk.data : chunk.data + chunk.size])
        if file[chunk.end - 4 : chunk.end] != struct.pack(">I", zlib.crc32(chunk.kind + content)):
            repairs.note("the checksum of the card's text is wrong")
        found.setdefault(keyword, []).append(_text(chunk.kind, content))
    return found


def without_card(file: bytes, keywords: tuple[str, ...]) -> list[bytes]:
    """Return the file as signature, chunks without those for ``keywords``, and IEND."""
    kept: list[bytes] = []
    for chunk in walk(file, Repairs()):
        if chunk.kind == b"IEND":
            break
        if chunk.kind in TEXT_CHUNKS:
            keyword = file[chunk.data : chunk.data + min(chunk.size, 80)].partition(b"\0")[0]
            if keyword.decode("latin-1").strip().lower() in keywords:
                continue
        kept.append(file[chunk.start : chunk.end])
    return [SIGNATURE, b"".join(kept), pack(b"IEND", b"")]


def pack(kind: bytes, content: bytes) -> bytes:
    """Return a chunk's bytes."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def decode_base64(text: bytes, repairs: Repairs) -> bytes:
    """Decode base64, tolerating plain JSON and URL-safe or unpadded text. Raises ValueError."""
    if text.lstrip()[:1] == b"{":
        repairs.note("the card's text is plain JSON, not base64")
        return text
    packed = b"".join(text.split()).replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    return binascii.a2b_base64(packed + b"=" * (-len(packed) % 4), strict_mode=True)


def _check_size(file: bytes | mmap, chunk: Chunk) -> None:
    if chunk.kind != b"IHDR" or chunk.size < 8:
        raise InvalidOption("The file is not a PNG picture: it has no header.")
    width, height = struct.unpack_from(">II", file, chunk.data)
    if width * height > MAX_PIXELS:
        raise InvalidOption("The picture has {size} megapixels; the limit is {most}.", size=width * height // 1_000_000,
                            most=MAX_PIXELS // 1_000_000)  # fmt: skip


def _text(kind: bytes, content: bytes) -> bytes:
    rest = content.partition(b"\0")[2]
    if kind == b"tEXt":
        return rest
    if kind == b"zTXt":
        return _inflate(rest[1:])
    compressed, rest = rest[:1] == b"\1", rest[2:]
    text = rest.partition(b"\0")[2].partition(b"\0")[2]  # skip language and translated keyword
    return _inflate(text) if compressed else text


def _inflate(data: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, MAX_TEXT_BYTES)
    except zlib.error:
        raise InvalidOption("The card's text in the picture is damaged.") from None
    if inflater.unconsumed_tail:
        raise InvalidOption("The card's text is {size} MB; the limit is {most} MB.",
                            size=f"more than {MAX_TEXT_BYTES // 1_000_000}",
                            most=MAX_TEXT_BYTES // 1_000_000)  # fmt: skip
    return text
