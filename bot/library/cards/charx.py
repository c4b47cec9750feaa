"""CHARX files: a zip with card.json and the card's assets, sometimes appended to a JPEG."""

import binascii
import struct
import zipfile
import zlib
from io import BytesIO

from bot.errors import InvalidOption
from bot.library.cards.bounded_json import MAX_BYTES as MAX_JSON_BYTES
from bot.library.cards.bounded_json import JsonObject
from bot.library.cards.card import text_of

MAX_BYTES = 64_000_000  # bytes per file
MAX_UNPACKED_BYTES = 256_000_000
MAX_PICTURE_BYTES = 32_000_000
MAX_FILES = 512
CENTRAL_RECORD = b"PK\x01\x02"
LOCAL_RECORD = b"PK\x03\x04"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 1  # bit of ZipInfo.flag_bits
# Exceptions that zipfile raises on damaged files.
BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError,
)  # fmt: skip
PREFIXES = ("embeded://", "embedded://")  # the first is the specification's spelling
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif")


class Archive:
    """A CHARX archive, checked before anything is unpacked. Raises InvalidOption if it is unsafe."""

    def __init__(self, data: bytes) -> None:
        if len(data) > MAX_BYTES:
            raise InvalidOption("The file is {size} MB; the limit is {most} MB.", size=len(data) // 1_000_000,
                                most=MAX_BYTES // 1_000_000)  # fmt: skip
        # Counted before zipfile creates an object of 0.5 kB per record. Assets that are zips may add a few.
        if data.count(CENTRAL_RECORD) > 4 * MAX_FILES:
            raise InvalidOption("The archive has more than {most} files.", most=MAX_FILES)
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except BROKEN as error:
            raise InvalidOption("The archive cannot be read: {problem}", problem=str(error)[:120]) from None
        self._files = {info.filename: info for info in self._zip.infolist() if not info.filename.endswith("/")}
        self._check()

    @property
    def names(self) -> tuple[str, ...]:
        """The paths of all files."""
        return tuple(self._files)

    def read(self, name: str, most: int) -> bytes:
        """Return a file's content. Raises InvalidOption if it exceeds ``most`` bytes or is damaged."""
        info = self._files[name]
        if info.file_size > most:
            raise InvalidOption("{name} in the archive is {size} MB; the limit is {most} MB.", name=name[:60],
                                size=info.file_size // 1_000_000, most=most // 1_000_000)  # fmt: skip
        try:
            with self._zip.open(info) as file:
                return file.read(most + 1)
        except BROKEN:
            raise InvalidOption("{name} in the archive is damaged.", name=name[:60]) from None

    def card(self) -> bytes:
        """Return the content of card.json. Raises InvalidOption if there is none."""
        if "card.json" not in self._files:
            if "manifest.json" in self._files:
                raise InvalidOption("This is a Backyard archive; export the character as a PNG card there.")
            raise InvalidOption("The archive has no card.json: it is not a CHARX file.")
        return self.read("card.json", MAX_JSON_BYTES)

    def picture(self, data: JsonObject) -> bytes | None:
        """Return the card's main picture, if it is in the archive."""
        name = main_icon(data, self.names)
        return self.read(name, MAX_PICTURE_BYTES) if name is not None else None

    def _check(self) -> None:
        infos = self._zip.infolist()
        if len(infos) > MAX_FILES:
            raise InvalidOption("The archive has more than {most} files.", most=MAX_FILES)
        if sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:
            raise InvalidOption(
                "The archive would unpack to more than {most} MB.", most=MAX_UNPACKED_BYTES // 1_000_000
            )
        for info in infos:
            if info.flag_bits & ENCRYPTED:
                raise InvalidOption("The archive is encrypted.")
            if info.compress_type not in METHODS:
                raise InvalidOption("The archive is compressed in a way that CHARX does not allow.")
            if unsafe_path(info.filename):
                raise InvalidOption("The archive contains an unsafe path: {name}", name=info.filename[:60])


def unsafe_path(name: str) -> bool:
    """Return whether a path would leave the folder that the archive is unpacked to."""
    parts = name.replace("\\", "/").split("/")
    return not name or ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0] or "\0" in name


def main_icon(data: JsonObject, names: tuple[str, ...]) -> str | None:
    """Return the path of the main icon: the icon asset named main, else the first icon, else any in assets/icon."""
    assets = data.get("assets")
    icons = [item for item in (assets if isinstance(assets, list) else ()) if isinstance(item, dict)]
    icons = [item for item in icons if text_of(item, "type") in ("icon", "")]
    icons.sort(key=lambda item: text_of(item, "name") != "main")
    for item in icons:
        uri = text_of(item, "uri")
        for prefix in PREFIXES:
            if uri.lower().startswith(prefix) and (path := uri[len(prefix) :].lstrip("/")) in names:
                return path
    inside = [name for name in names if name.startswith("assets/icon") and name.lower().endswith(PICTURE_ENDINGS)]
    return inside[0] if inside else None


def data_picture(uri: str) -> bytes | None:
    """Decode a data: URL. Returns None for any other URL, which is never fetched."""
    head, comma, body = uri.partition(",")
    if not comma or not head.lower().startswith("data:") or ";base64" not in head.lower():
        return None
    if len(body) > MAX_PICTURE_BYTES * 4 // 3:
        return None
    try:
        return binascii.a2b_base64(body.encode("ascii", "ignore"))
    except ValueError:
        return None


def archive_bytes(files: list[tuple[str, bytes]]) -> bytes:
    """Return a zip of the files. Timestamps are fixed, so that equal files give equal archives."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name.lower().endswith(PICTURE_ENDINGS) else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()
