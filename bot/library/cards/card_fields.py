"""Repairs faults seen in the fields of real cards (V1 to V3). Valid and unknown fields are kept as they are."""

from bot.errors import InvalidOption
from bot.library.cards.book_fields import repair_book
from bot.library.cards.bounded_json import JsonObject
from bot.library.cards.card import TEXT_LISTS, TEXTS, V1_TEXTS, object_of, text_of
from bot.library.cards.repairs import Repairs

MAX_GREETINGS = 500
MAX_ASSETS = 1_000
NAME_LENGTH = 500
VERSIONS = {"chara_card_v2": "V2", "chara_card_v3": "V3"}


def repair_data(data: JsonObject, repairs: Repairs, fallback_name: str) -> JsonObject:
    """Repair a card's `data` so that the fields read by this program have the right types."""
    mended = dict(data)
    for key in TEXTS:
        if key in mended:
            mended[key] = repair_text(mended[key], key, repairs)
    for key in TEXT_LISTS:
        if key in mended:
            mended[key] = repair_texts(mended[key], key, repairs)
    for key in ("creation_date", "modification_date"):
        if key in mended and not _is_number(mended[key]):
            _repair_date(mended, key, repairs)
    for key in ("extensions", "creator_notes_multilingual"):
        if key in mended and not isinstance(mended[key], dict):
            _note(repairs, key, "is no object; it was left empty", mended[key])
            mended[key] = {}
    if "assets" in mended:
        mended["assets"] = _repair_assets(mended["assets"], repairs)
    if mended.get("character_book") is not None:
        mended["character_book"] = repair_book(mended["character_book"], repairs)
    _repair_greetings(mended, repairs)
    _repair_name(mended, repairs, fallback_name)
    return mended


def repair_text(value: object, key: str, repairs: Repairs) -> str:
    """Convert any value to a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None or isinstance(value, dict):
        _note(repairs, key, "is no text; it was left empty", value)
        return ""
    if isinstance(value, list):
        repairs.note(f"{key} is a list; its texts were joined")
        return "\n".join(item for item in value if isinstance(item, str))
    repairs.note(f"{key} is a number; it was taken as a text")
    return str(value)


def repair_texts(value: object, key: str, repairs: Repairs) -> list[object]:
    """Convert any value to a list of texts. Raises InvalidOption if it has too many."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        found: list[object] = value
    elif isinstance(value, str) and key == "tags":
        repairs.note("tags is a text; it was parted at its commas")
        found = [part.strip() for part in value.split(",") if part.strip()]
    elif isinstance(value, str):
        repairs.note(f"{key} is a text; it was taken as a list of one")
        found = [value] if value.strip() else []
    elif isinstance(value, (list, dict)):
        items = value if isinstance(value, list) else list(value.values())
        found = [str(item) if _is_number(item) else item for item in items if isinstance(item, str) or _is_number(item)]
        repairs.note(f"{key} held something else than texts; {len(found)} texts were kept")
    else:
        _note(repairs, key, "is no list; it was left empty", value)
        found = []
    if len(found) > MAX_GREETINGS:
        raise InvalidOption("The card has {count} {field}; the limit is {most}.", count=len(found), field=key,
                            most=MAX_GREETINGS)  # fmt: skip
    return found


def convert_v1(root: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Return (data, rest) of a V1 card, whose fields are at the root. Unknown fields go to ``rest``."""
    data = {key: root[key] for key in (*V1_TEXTS, "creator_notes", "tags") if key in root}
    return data, {key: value for key, value in root.items() if key not in data}


def form_of(root: JsonObject, repairs: Repairs) -> str:
    """Return the version of a card with `data`."""
    spec, version = root.get("spec"), str(root.get("spec_version", ""))
    if not isinstance(spec, str) or spec.strip().lower() not in VERSIONS:
        newer = "group_only_greetings" in object_of(root, "data")
        if isinstance(spec, str) and spec.startswith("chara_card_v") and spec[12:13].isdigit():
            repairs.note(f"spec {spec[:20]} is newer than this program; what it knows was read")
            return "V3"
        _note(repairs, "spec", f"was read as {'V3' if newer else 'V2'}", spec)
        return "V3" if newer else "V2"
    form = VERSIONS[spec.strip().lower()]
    if form == "V3" and version not in ("3.0", "3"):
        repairs.note(f"spec_version {version[:20]!r} is not 3.0; what this program knows was read")
    return form


def _repair_name(data: JsonObject, repairs: Repairs, fallback: str) -> None:
    name = text_of(data, "name")
    if not name.strip():
        data["name"] = fallback or text_of(data, "nickname").strip() or "Character"
        repairs.note(f"the card has no name; it is called {data['name']} after its file")
    elif len(name) > NAME_LENGTH:
        data["name"] = name[:NAME_LENGTH]
        repairs.note(f"the name was cut at {NAME_LENGTH} characters")


def _repair_greetings(data: JsonObject, repairs: Repairs) -> None:
    alternates = data.get("alternate_greetings")
    if not isinstance(alternates, list) or text_of(data, "first_mes").strip():
        return
    if any(isinstance(item, str) and item.strip() for item in alternates):
        repairs.note("first_mes is empty; the first alternate greeting begins")


def _repair_assets(value: object, repairs: Repairs) -> list[object]:
    if not isinstance(value, list):
        _note(repairs, "assets", "is no list; it was left empty", value)
        return []
    if len(value) > MAX_ASSETS:
        raise InvalidOption("The card has {count} {field}; the limit is {most}.", count=len(value), field="assets",
                            most=MAX_ASSETS)  # fmt: skip
    kept = [item for item in value if isinstance(item, dict) and isinstance(item.get("uri"), str)]
    if len(kept) < len(value):
        repairs.note(f"{len(value) - len(kept)} assets without a uri were left out")
    return list(kept)


def _repair_date(data: JsonObject, key: str, repairs: Repairs) -> None:
    value = data[key]
    if isinstance(value, str) and value.strip().isdecimal() and len(value.strip()) < 16:
        data[key] = int(value)
        repairs.note(f"{key} is a text; it was taken as a number")
    elif value is not None:
        _note(repairs, key, "is no number; it was dropped", value)
        del data[key]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _note(repairs: Repairs, key: str, what: str, value: object) -> None:
    if value is not None:
        repairs.note(f"{key} {what}")
