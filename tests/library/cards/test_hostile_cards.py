"""Hostile or broken files are refused with one line, in bounded time and memory."""

import json
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest

from bot.errors import InvalidOption
from bot.library.cards import charx
from bot.library.cards.card_reader import read_card
from tests.library.cards.card_builder import SIGNATURE, V2_DATA, charx_file, chunk, packed, png, text, v2, v3, zipped

MB = 1_000_000


def zip_bomb() -> bytes:
    return charx_file(v3(), {f"assets/{place}": bytes(40 * MB) for place in range(7)})


def text_bomb() -> bytes:
    return png(after=chunk(b"zTXt", b"chara\0\0" + zlib.compress(bytes(200 * MB), 9)))


def json_bomb() -> bytes:
    return b"[" * 100_000 + b"]" * 100_000


def many_files() -> bytes:
    return zipped({"card.json": b"{}"} | {f"assets/{place}": b"" for place in range(600)})


def very_many_files() -> bytes:
    record = zipped({"a": b""})
    place = record.index(charx.CENTRAL_RECORD)
    central = record[place : place + 47] * 200_000
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, len(central), place, 0)
    return record[:place] + central + end


def encrypted() -> bytes:
    data = bytearray(charx_file(v3()))
    data[data.index(charx.CENTRAL_RECORD) + 8] |= 1
    return bytes(data)


def lying_size() -> bytes:
    data = bytearray(charx_file(v3()))
    place = data.index(charx.CENTRAL_RECORD)
    data[place + 24 : place + 28] = struct.pack("<I", 0x7FFFFFFF)
    return bytes(data)


def climbing() -> bytes:
    return charx_file(v3(), {"../../etc/passwd": b"x"})


def packed_with_lzma() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("card.json", json.dumps(v3()))
    return buffer.getvalue()


def million_entries() -> bytes:
    return b'{"data": {"name": "x", "character_book": {"entries": [' + b",".join([b"{}"] * 1_000_000) + b"]}}}"


def entries(count: int) -> bytes:
    book = {"entries": [{"keys": ["a"], "content": ""}] * count}
    return json.dumps(v2(V2_DATA | {"character_book": book})).encode()


def keys(count: int) -> bytes:
    book = {"entries": [{"keys": ["a"] * count, "content": ""}]}
    return json.dumps(v2(V2_DATA | {"character_book": book})).encode()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "empty"),
    "NUL bytes": (lambda: bytes(1000), "empty"),
    "noise": (lambda: bytes(range(256)) * 50, "no character|YAML|JSON"),
    "zip bomb": (zip_bomb, "unpack to more than 256 MB"),
    "text bomb": (text_bomb, "more than 11 MB"),
    "deep JSON": (json_bomb, "too many values|nested|TOML"),
    "deep card": (lambda: b'{"a":' * 5000 + b"1" + b"}" * 5000, "nested too deeply"),
    "65 levels": (lambda: b'{"name": "x", "description":' + b"[" * 64 + b"]" * 64 + b"}", "nested too deeply"),
    "a million entries": (million_entries, "too many values"),
    "10,001 entries": (lambda: entries(10_001), "10001 entries"),
    "20,001 keys": (lambda: keys(20_001), "20001 keys"),
    "9 MB of text": (lambda: json.dumps({"name": "x" * 9 * MB}).encode(), "9 MB; the limit is 8 MB"),
    "65 MB": (lambda: b"x" * (65 * MB), "65 MB; the limit is 64 MB"),
    "33 MB of PNG": (lambda: png(after=chunk(b"tEXt", bytes(33 * MB))), "33 MB; the limit is 32 MB"),
    "41 megapixels": (lambda: png(width=41_000, height=1000), "41 megapixels; the limit is 40"),
    "billions of pixels": (lambda: png(width=0xFFFFFFFF, height=0xFFFFFFFF), "megapixels"),
    "many chunks": (lambda: png(after=chunk(b"tEXt", b"") * 110_000), "more than 100000 chunks"),
    "no header": (lambda: SIGNATURE + chunk(b"IDAT", b"x"), "no header"),
    "only a signature": (lambda: SIGNATURE, "no character card"),
    "a chunk that claims 4 GB": (lambda: SIGNATURE + b"\xff\xff\xff\xffIHDR", "no character card"),
    "no card in it": (png, "no character card"),
    "damaged zTXt": (lambda: png(after=chunk(b"zTXt", b"chara\0\0garbage")), "damaged"),
    "half a character of base64": (lambda: png(after=text("chara", packed(v2())[:-3])), "damaged|JSON"),
    "an encrypted card": (lambda: png(after=text("ccv3", b"rcc||abc")), "encrypted by RisuAI"),
    "many files": (many_files, "more than 512 files"),
    "very many files": (very_many_files, "more than 512 files"),
    "an encrypted archive": (encrypted, "encrypted"),
    "a lying size": (lying_size, "unpack to more|has 2147 MB"),
    "a climbing path": (climbing, "unsafe path"),
    "LZMA": (packed_with_lzma, "CHARX does not allow"),
    "a cut archive": (lambda: charx_file(v3())[:-30], "cannot be read"),
    "no card.json": (lambda: zipped({"x": b""}), "no card.json"),
    "a list": (lambda: b"[]", "TOML|no character|object"),
    "a number for data": (lambda: b'{"data": 5}', "no character"),
    "a text for data": (lambda: b'{"spec": "chara_card_v2", "data": "x"}', "data is a string"),
    "a prompt": (lambda: b'{"user": "a", "bot": "b", "separator": ":", "prompt": "x"}', "chat prompt"),
    "a number of digits": (lambda: b'{"name": "x", "description": ' + b"9" * 100_000 + b"}", "not JSON|no character"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_is_refused_with_one_line_within_bounds(kind: str) -> None:
    make, expected = HOSTILE[kind]
    data = make()
    tracemalloc.start()
    started = time.process_time()
    try:
        with pytest.raises(InvalidOption, match=expected) as caught:
            read_card(data, "x")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    assert peak < 150 * MB, f"{peak / MB:.0f} MB"
    assert time.process_time() - started < 20


def test_the_bounds_themselves_are_allowed() -> None:
    assert read_card(entries(10_000)).name == "Mira"
    assert read_card(keys(20_000)).name == "Mira"
    assert read_card(png(after=text("chara", packed(v2())), width=40_000, height=1000)).name == "Mira"
    deep = b'{"name": "x", "description": "y", "z":' + b"[" * 63 + b"]" * 63 + b"}"
    assert read_card(deep).name == "x"
