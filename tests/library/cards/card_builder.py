"""Card files of every kind, built byte by byte, so that readers are not tested with our own writers."""

import json
import struct
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Mapping
from io import BytesIO
from typing import Any

SIGNATURE = b"\x89PNG\r\n\x1a\n"
V1 = {
    "name": "Mira", "description": "A lighthouse keeper.", "personality": "calm", "scenario": "On a rock.",
    "first_mes": "Hello, {{user}}.", "mes_example": "<START>\n{{user}}: Hi\n{{char}}: Hello.",
}  # fmt: skip
V2_DATA: dict[str, Any] = V1 | {
    "creator_notes": "For tests.", "system_prompt": "", "post_history_instructions": "Be brief.",
    "alternate_greetings": ["Good evening.", "You again?"], "tags": ["sea"], "creator": "Roost",
    "character_version": "1.0", "extensions": {"chub": {"id": 7, "nested": [1, {"a": None}]}, "talkativeness": "0.5"},
    "character_book": {
        "name": "Sea", "scan_depth": 4, "token_budget": 500, "recursive_scanning": False, "extensions": {"x": 1},
        "entries": [{
            "keys": ["lamp"], "content": "The lamp is red.", "enabled": True, "insertion_order": 10, "extensions": {},
            "case_sensitive": False, "name": "lamp", "priority": 5, "id": 1, "comment": "", "selective": False,
            "secondary_keys": [], "constant": False, "position": "before_char", "unknown": [1.5, "x"],
        }],
    },
}  # fmt: skip
V3_DATA: dict[str, Any] = V2_DATA | {
    "assets": [{"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"}], "nickname": "Mimi",
    "creator_notes_multilingual": {"ja": "テスト"}, "source": ["https://example.org/1"],
    "group_only_greetings": ["Hello, everyone."], "creation_date": 1700000000, "modification_date": 1700000001,
    "from_the_future": {"k": "v"},
}  # fmt: skip


def v2(data: Mapping[str, Any] = V2_DATA, **root: Any) -> dict[str, Any]:
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": dict(data)} | root


def v3(data: Mapping[str, Any] = V3_DATA, **root: Any) -> dict[str, Any]:
    return {"spec": "chara_card_v3", "spec_version": "3.0", "data": dict(data)} | root


def packed(card: object) -> bytes:
    return b64encode(json.dumps(card).encode())


def chunk(kind: bytes, content: bytes, *, crc: int | None = None) -> bytes:
    check = zlib.crc32(kind + content) if crc is None else crc
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def text(keyword: str, content: bytes) -> bytes:
    return chunk(b"tEXt", keyword.encode() + b"\0" + content)


def compressed(keyword: str, content: bytes) -> bytes:
    return chunk(b"zTXt", keyword.encode() + b"\0\0" + zlib.compress(content))


def international(keyword: str, content: bytes, *, compress: bool) -> bytes:
    head = keyword.encode() + b"\0" + bytes([compress, 0]) + b"en\0" + "schlüssel".encode() + b"\0"
    return chunk(b"iTXt", head + (zlib.compress(content) if compress else content))


def png(before: bytes = b"", after: bytes = b"", *, width: int = 4, height: int = 3, end: bool = True) -> bytes:
    """Build a small PNG with chunks before and after its data."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = b"".join(b"\0" + bytes(range(row, row + 3 * 4)) for row in range(3))
    data = chunk(b"IDAT", zlib.compress(rows))
    return SIGNATURE + header + before + data + after + (chunk(b"IEND", b"") if end else b"")


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def charx_file(card: object, files: Mapping[str, bytes] | None = None) -> bytes:
    return zipped({"card.json": json.dumps(card).encode()} | dict(files or {}))
