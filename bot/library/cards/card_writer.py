"""Writes cards as PNG, JSON or CHARX (V2 or V3) for other programs. Unknown fields are preserved."""

from base64 import b64encode
from typing import Literal

from bot.errors import InvalidOption
from bot.library.cards import pictures, png_chunks
from bot.library.cards.bounded_json import JsonObject, json_bytes
from bot.library.cards.card import TEXTS, V1_TEXTS, Card, text_of
from bot.library.cards.card_reader import KEYWORDS
from bot.library.cards.charx import MAX_PICTURE_BYTES, Archive, archive_bytes, data_picture, main_icon

Spec = Literal["v2", "v3"]
SPECS: dict[Spec, tuple[str, str]] = {"v2": ("chara_card_v2", "2.0"), "v3": ("chara_card_v3", "3.0")}
REQUIRED: JsonObject = dict.fromkeys(TEXTS[:-1], "") | {"alternate_greetings": [], "tags": [], "extensions": {}}
ICON = "assets/icon/image/main.png"


def card_object(card: Card, spec: Spec) -> JsonObject:
    """Return a card as a JSON object. Fields required by ``spec`` are added if the card had another form."""
    same = card.form == spec.upper()
    data = dict(card.data) if same else REQUIRED | card.data
    if spec == "v3" and not same:
        data = {"group_only_greetings": []} | data
        if isinstance(book := data.get("character_book"), dict):
            data["character_book"] = _book_for_v3(book)
    name, version = SPECS[spec]
    root = dict(card.root)
    mirrored = {key: data[key] for key in V1_TEXTS if key in root and key in data}
    root |= mirrored
    if not same or root.get("spec") is None:
        root |= {"spec": name, "spec_version": version}
    return root | {"data": data}


def write_json(card: Card, spec: Spec = "v3") -> bytes:
    return json_bytes(card_object(card, spec), indent=2)


def write_png(card: Card, spec: Spec = "v3") -> bytes:
    """Write the card into its picture. V3 cards also get V2's chunk, for programs that read only that."""
    head, body, end = png_chunks.without_card(_png_of(card), KEYWORDS)
    chunks = [_chunk("chara", card_object(card, "v2"))]
    if spec == "v3":
        chunks.append(_chunk("ccv3", card_object(card, "v3")))
    return b"".join((head, body, *chunks, end))


def write_charx(card: Card) -> bytes:
    """Write the card and its assets as a zip. Only ``assets`` may be changed, to reference the picture."""
    root = card_object(card, "v3")
    data = root["data"]
    files: list[tuple[str, bytes]] = []
    if card.archive is not None:
        archive = Archive(card.archive)
        files = [(name, archive.read(name, MAX_PICTURE_BYTES)) for name in archive.names if name != "card.json"]
    if isinstance(data, dict) and card.picture is not None:
        names = tuple(name for name, _ in files)
        if main_icon(data, names) is None and ICON not in names and not _holds_icon(data):
            files.append((ICON, _plain_png(card)))
            root = root | {"data": data | {"assets": _with_icon(data.get("assets"))}}
    return archive_bytes([("card.json", json_bytes(root, indent=2)), *files])


def write_card(card: Card, container: str, spec: Spec = "v3") -> bytes:
    """Write the card as ``png``, ``json`` or ``charx``. Raises InvalidOption for CHARX with V2."""
    if container == "png":
        return write_png(card, spec)
    if container == "json":
        return write_json(card, spec)
    if spec != "v3":
        raise InvalidOption("A CHARX file contains a V3 card: leave --spec out, or choose png or json.")
    return write_charx(card)


def _png_of(card: Card) -> bytes:
    if card.picture is None:
        return pictures.blank(card.name)
    return card.picture if card.picture.startswith(png_chunks.SIGNATURE) else pictures.as_png(card.picture)


def _plain_png(card: Card) -> bytes:
    return b"".join(png_chunks.without_card(_png_of(card), KEYWORDS))


def _chunk(keyword: str, root: JsonObject) -> bytes:
    return png_chunks.pack(b"tEXt", keyword.encode() + b"\0" + b64encode(json_bytes(root)))


def _is_main_icon(item: object) -> bool:
    return isinstance(item, dict) and item.get("type") == "icon" and item.get("name") == "main"


def _holds_icon(data: JsonObject) -> bool:
    """Return whether the card embeds its main icon as a data: URL."""
    assets = data.get("assets")
    icons = [item for item in (assets if isinstance(assets, list) else ()) if _is_main_icon(item)]
    return any(data_picture(text_of(item, "uri")) for item in icons if isinstance(item, dict))


def _with_icon(assets: object) -> list[object]:
    """Return the assets with the main icon in the archive. An external one is kept as "original"."""
    kept = [
        item | {"name": "original"} if isinstance(item, dict) and _is_main_icon(item) else item
        for item in (assets if isinstance(assets, list) else ())
        if not (isinstance(item, dict) and _is_main_icon(item) and item.get("uri") == "ccdefault:")
    ]
    return [{"type": "icon", "uri": f"embeded://{ICON}", "name": "main", "ext": "png"}, *kept]


def _book_for_v3(book: JsonObject) -> JsonObject:
    """Add `use_regex`, which V3 requires in every entry; V2's keys are plain texts."""
    entries = book.get("entries")
    listed = [
        {"use_regex": False} | entry
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict)
    ]
    return book | {"entries": listed}
