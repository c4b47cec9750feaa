"""Reads cards of any form, detected by content and never by file extension."""

from mmap import mmap

from bot.errors import InvalidOption
from bot.library.cards import charx, png_chunks
from bot.library.cards.book_fields import book_of_file, is_world_file
from bot.library.cards.bounded_json import MAX_BYTES as MAX_JSON_BYTES
from bot.library.cards.bounded_json import JsonObject, parse_json
from bot.library.cards.card import V1_TEXTS, Card, Container, Form, object_of, text_of
from bot.library.cards.card_fields import convert_v1, form_of, repair_data
from bot.library.cards.card_toml import convert_book, convert_toml, parse_toml
from bot.library.cards.chat_logs import is_chat_log
from bot.library.cards.flat_yaml import parse_flat_yaml
from bot.library.cards.foreign_books import foreign_book
from bot.library.cards.foreign_cards import convert_foreign, foreign_form
from bot.library.cards.repairs import Repairs, clean_strings

KEYWORDS = ("ccv3", "chara")  # the first readable one wins
ENCRYPTED = b"rcc||"  # RisuAI's own encryption
RISU_MODULE = b"\x6f\x00"  # first two bytes of a .risum file
JPEG = b"\xff\xd8\xff"
ZIP_END = b"PK\x05\x06"
ZIP_TAIL = 66_000  # end record of a zip with the longest possible comment
V1_MARKS = ("description", "personality", "first_mes", "mes_example", "scenario")
MAX_FILE_SIZE = charx.MAX_BYTES


def read_card(file: bytes | mmap, name: str = "", *, picture: bytes | None = None, keep_picture: bool = True) -> Card:
    """Read a card. Raises InvalidOption with a one-line explanation.

    ``name`` is the file name without extension, used for cards without a name but not to detect the form.
    ``picture`` is the one beside the file. ``keep_picture=False`` omits the picture's bytes, for an index.
    """
    if len(file) > MAX_FILE_SIZE:
        raise InvalidOption("The file is {size} MB; the limit is {most} MB.", size=len(file) // 1_000_000,
                            most=MAX_FILE_SIZE // 1_000_000)  # fmt: skip
    repairs = Repairs()
    head = bytes(file[:16])
    if head.startswith(png_chunks.SIGNATURE):
        return _from_png(file, name, repairs, keep_picture)
    if head.startswith(charx.LOCAL_RECORD) or (head.startswith(JPEG) and _ends_as_zip(file)):
        return _from_charx(bytes(file), name, repairs)
    if head.startswith(RISU_MODULE):
        raise InvalidOption("The file is a RisuAI module, not a character.")
    if head.startswith((JPEG, b"GIF8")) or head[8:12] == b"WEBP":
        raise InvalidOption("The picture contains no character card.")
    if len(file) > MAX_JSON_BYTES:
        raise InvalidOption("The card's text is {size} MB; the limit is {most} MB.", size=len(file) // 1_000_000,
                            most=MAX_JSON_BYTES // 1_000_000)  # fmt: skip
    return _from_text(bytes(file), name, repairs, picture)


def _ends_as_zip(file: bytes | mmap) -> bool:
    return file.rfind(ZIP_END, max(0, len(file) - ZIP_TAIL)) >= 0


def read_book(file: bytes, repairs: Repairs) -> JsonObject:
    """Read a lorebook as a card's `character_book` from a world file, a V3 lorebook, TOML or a card.

    Raises InvalidOption.
    """
    if len(file) > MAX_JSON_BYTES or file.startswith((png_chunks.SIGNATURE, charx.LOCAL_RECORD)):
        book = read_card(file).data.get("character_book")
        if not isinstance(book, dict):
            raise InvalidOption("The card has no lorebook.")
        return book
    text = file.decode("utf-8-sig", "replace")
    if not text.lstrip().startswith("{"):
        table = parse_toml(text)
        if "lore" not in table:
            raise InvalidOption("The file contains no lorebook: [[lore]] is missing.")
        return book_of_file(_object(clean_strings(convert_book(table, text), repairs)), repairs)
    root = parse_json(file, repairs)
    if (foreign := foreign_book(root)) is not None:
        return book_of_file(foreign, repairs)
    if isinstance(root, dict) and is_world_file(root):
        return book_of_file(root, repairs)
    book = read_card(file).data.get("character_book")
    if not isinstance(book, dict):
        raise InvalidOption("The card has no lorebook.")
    return book


def _from_png(file: bytes | mmap, name: str, repairs: Repairs, keep_picture: bool) -> Card:
    if len(file) > png_chunks.MAX_BYTES:
        raise InvalidOption("The file is {size} MB; the limit is {most} MB.", size=len(file) // 1_000_000,
                            most=png_chunks.MAX_BYTES // 1_000_000)  # fmt: skip
    texts = png_chunks.card_texts(file, (*KEYWORDS, "mod"), repairs)
    problem: InvalidOption | None = None
    for keyword in KEYWORDS:
        for text in texts.get(keyword, ()):
            try:
                root = _unpacked(text, repairs)
                card = _of_object(root, "png", name, repairs)
            except InvalidOption as error:
                problem = problem or error
                repairs.note(f"the {keyword} chunk cannot be read")
                continue
            return _with_files(card, repairs, picture=bytes(file) if keep_picture else None)
    if problem is not None:
        raise problem
    raise InvalidOption("The picture contains no character card.")


def _unpacked(text: bytes, repairs: Repairs) -> JsonObject:
    if text.startswith(ENCRYPTED):
        raise InvalidOption("The card is encrypted by RisuAI; export it there without encryption.")
    try:
        data = png_chunks.decode_base64(text, repairs)
    except ValueError:
        raise InvalidOption("The card's text in the picture is damaged.") from None
    if data.startswith(ENCRYPTED):
        raise InvalidOption("The card is encrypted by RisuAI; export it there without encryption.")
    return _object(parse_json(data, repairs))


def _from_charx(file: bytes, name: str, repairs: Repairs) -> Card:
    archive = charx.Archive(file)
    card = _of_object(_object(parse_json(archive.card(), repairs)), "charx", name, repairs)
    picture = archive.picture(card.data)
    if picture is None and file.startswith(JPEG):
        picture = file[: file.find(charx.LOCAL_RECORD)]
    return _with_files(card, repairs, picture=picture, archive=file)


def _from_text(file: bytes, name: str, repairs: Repairs, picture: bytes | None) -> Card:
    text = file.decode("utf-16" if file[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    if not text.strip("\0 \t\r\n"):
        raise InvalidOption("The file is empty.")
    if text.lstrip().startswith(("{", "[{", "[\n", "[ ")) and not _is_toml_table(text):
        card = _of_object(_object(parse_json(file, repairs)), "json", name, repairs)
        return _with_files(card, repairs, picture=picture or _own_picture(card))
    if "\0" in text[:1000]:
        raise InvalidOption("The file contains no character: it is not a picture, an archive or text.")
    if not _looks_like_toml(text):
        card = _of_object(_object(clean_strings(parse_flat_yaml(text), repairs)), "yaml", name, repairs)
        return _with_files(card, repairs, picture=picture)
    data = repair_data(_object(clean_strings(convert_toml(text, name), repairs)), repairs, name)
    root: JsonObject = {"spec": "chara_card_v3", "spec_version": "3.0"}
    card = Card(form="Roost", container="toml", data=data, root=root)
    return _with_files(card, repairs, picture=picture)


def _of_object(root: JsonObject, container: Container, name: str, repairs: Repairs) -> Card:
    form: Form
    if isinstance(root.get("data"), dict):
        form = "V3" if form_of(root, repairs) == "V3" else "V2"
        data = dict(root["data"])  # type: ignore[call-overload]  # checked above
        rest = {key: value for key, value in root.items() if key != "data"}
        for key in V1_TEXTS:
            if key not in data and isinstance(rest.get(key), str):
                data[key] = rest[key]
                repairs.note(f"{key} stood beside data")
    elif (foreign := foreign_form(root)) is not None and not _is_v1(root, foreign):
        form, data, rest = foreign, convert_foreign(root, foreign, name), {}
    elif any(key in root for key in V1_MARKS):
        form = "V1"
        data, rest = convert_v1(root)
    else:
        raise _no_card(root)
    return Card(form=form, container=container, data=repair_data(data, repairs, name), root=rest)


def _is_v1(root: JsonObject, foreign: Form) -> bool:
    """Return whether this is a V1 card with additional fields of another program, as some editors write it."""
    return foreign != "Agnai" and bool(text_of(root, "name")) and any(text_of(root, key) for key in V1_MARKS)


def _no_card(root: JsonObject) -> InvalidOption:
    if is_world_file(root) or foreign_book(root) is not None:
        return InvalidOption("The file is a lorebook, not a character.")
    if "prompt" in root and "bot" in root:
        return InvalidOption("The file is a chat prompt, not a character.")
    if isinstance(root.get("data"), str):
        return InvalidOption("The file contains no character: data is a string; expected an object.")
    return InvalidOption("The file contains no character: no known kind of card has these fields.")


def _object(value: object) -> JsonObject:
    if isinstance(value, dict):
        return value
    if is_chat_log(value) and value:
        raise InvalidOption("The file is a chat log, not a character.")
    raise InvalidOption("The file contains no character: expected an object, { ... }.")


def _own_picture(card: Card) -> bytes | None:
    """Return a picture embedded in a JSON card as a data: URL. Other URLs are ignored."""
    places = [text_of(card.root, "avatar")]
    places += [
        text_of(item, "avatar") for item in object_of(card.data, "extensions").values() if isinstance(item, dict)
    ]
    assets = card.data.get("assets")
    icons = [item for item in (assets if isinstance(assets, list) else ()) if isinstance(item, dict)]
    places += [text_of(item, "uri") for item in icons if item.get("type") == "icon"]
    return next((picture for place in places if (picture := charx.data_picture(place))), None)


def _with_files(card: Card, repairs: Repairs, *, picture: bytes | None, archive: bytes | None = None) -> Card:
    return Card(form=card.form, container=card.container, data=card.data, root=card.root, picture=picture,
                archive=archive, repairs=repairs.lines)  # fmt: skip


def _looks_like_toml(text: str) -> bool:
    """Tell TOML (``key = ...`` or ``[table]``) from YAML (``key: ...``) by the first line."""
    for line in text.splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            before = line.partition("=")[0]
            return line.startswith("[") or ("=" in line and ":" not in before and before.strip().isidentifier())
    return False


def _is_toml_table(text: str) -> bool:
    return text.lstrip().startswith("[[") and "=" in text[:2000] and not text.lstrip().startswith("[[{")
