"""The page's files, read once: single ones, revalidated by hash, and those of one version, which browsers keep."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from bot.platforms.web.assets.chunks import chunk_files
from bot.platforms.web.assets.module_source import STATIC

PAGES = ("app", "shared")  # names of the pages' first modules
STYLES = ("app.css", "talk.css", "drawers.css")  # joined into page.css
VERSION_CHARS = 16
KEPT_FOR_GOOD = "public, max-age=31536000, immutable"
_SERVED = {".css", ".js", ".svg", ".webmanifest", ".png"}
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".map": "application/json"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file of the page."""

    mime: str
    data: bytes
    etag: str

    @property
    def compressed(self) -> bytes:
        return _compress(self.data)

    def respond(self, request: Request, caching: str = "no-cache") -> Response:
        """Return the file, or 304 if the browser has it."""
        headers = {"ETag": self.etag, "Cache-Control": caching, "Vary": "Accept-Encoding"}
        if self.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.compressed, media_type=self.mime, headers={**headers, "Content-Encoding": "gzip"})
        return Response(self.data, media_type=self.mime, headers=headers)


@cache
def static_files() -> dict[str, StaticFile]:
    """Return the files of the static folder by name."""
    paths = [path for path in sorted(STATIC.rglob("*")) if path.suffix in _SERVED]
    return {(name := path.relative_to(STATIC).as_posix()): _file(name, path.read_bytes()) for path in paths}


@cache
def joined_files() -> dict[str, StaticFile]:
    """Return the chunks of the pages and their style sheet, by their name below the version's folder."""
    chunks = {f"{page}/{name}": text for page in PAGES for name, text in chunk_files(f"{page}.js").items()}
    styles = b"".join(static_files()[name].data for name in STYLES)
    files = {name: _file(name, text.encode()) for name, text in chunks.items()}
    return files | {"page.css": _file("page.css", styles)}


def prepare() -> None:
    """Join and compress what every first load asks for. Takes a moment the first time."""
    for name in ("page.css", "app/app.js", "app/growing_text.js"):
        joined_files()[name].compressed  # noqa: B018  # kept from now on


@cache
def version() -> str:
    """Return a hash of all files of the page."""
    etags = "".join(f"{name}{file.etag}" for name, file in static_files().items())
    return hashlib.sha256(etags.encode()).hexdigest()[:VERSION_CHARS]


def find_file(path: str) -> tuple[StaticFile, str] | None:
    """Return the file at ``path`` below /static and its Cache-Control header.

    A page that was opened before an update asks for files of another version. It gets the current ones, not cacheable.
    """
    if file := static_files().get(path):
        return file, "no-cache"
    folder, _, name = path.partition("/")
    if len(folder) != VERSION_CHARS or (file := joined_files().get(name)) is None:
        return None
    return file, KEPT_FOR_GOOD if folder == version() else "no-cache"


def _file(name: str, data: bytes) -> StaticFile:
    suffix = name[name.rindex(".") :]
    mime = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return StaticFile(mime, data, f'"{hashlib.sha256(data).hexdigest()[:16]}"')


@cache
def _compress(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)
