"""Download model files from the Hugging Face hub. Does not need torch."""

import hashlib
import http.client
import os
import re
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.engine.printable import printable
from bot.errors import ModelError, NotFound, UserError

OFFICIAL = "BlinkDL/rwkv7-g1"  # RWKV-7 chat models, by the author of RWKV
NAME = re.compile(r"rwkv7-(g\d+[a-z]?)-(\d+(?:\.\d+)?b)-(\d{8})-ctx(\d+)\.(?:pth|safetensors)", re.IGNORECASE)
ADDRESS = re.compile(
    r"https?://[^/]+/(?P<repository>[^/?#]+/[^/?#]+)(?:/(?:resolve|blob|tree)/main)?(?:/(?P<file>[^?#]*))?(?:[?#].*)?"
)
PLAIN_PATH = re.compile(r"(?!\.)[\w.,+=@ ()-]+(?:/(?!\.)[\w.,+=@ ()-]+)*")  # file names accepted from a server
SIZES = ("0.1b", "0.4b", "1.5b", "2.9b", "7.2b", "13.3b")  # available in OFFICIAL
SIZE = re.compile(r"\d+(?:\.\d+)?b", re.IGNORECASE)
MODEL_ENDINGS = (".pth", ".safetensors")
BLOCK = 1 << 20  # bytes
TIMEOUT = 30.0  # seconds without data
TRIES = 5


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on the hub. ``sha256`` is empty for small files, which the hub does not hash."""

    repository: str
    name: str
    size: int
    sha256: str


class _TooMuchError(Exception):
    """The server sends more than it announced."""


def find_remote(wanted: str) -> RemoteFile:
    """Resolve ``wanted``: a size such as ``0.4b``, ``owner/repository``, or ``owner/repository/file``.

    Raises ``NotFound`` that lists what is available.
    """
    if SIZE.fullmatch(wanted.strip()):
        if wanted.strip().casefold() not in SIZES:  # checked before any network access
            raise NotFound("There is no size {wanted}. Sizes are: {known}.", wanted=wanted, known=", ".join(SIZES))
        return newest(list_files(OFFICIAL), wanted.strip())
    parts = _without_host(wanted).strip("/").split("/")
    if len(parts) < 2 or "" in parts or ".." in parts:
        raise NotFound(
            "{wanted} is neither a size ({known}) nor OWNER/REPOSITORY[/FILE].",
            wanted=repr(wanted),
            known=", ".join(SIZES),
        )
    files = [file for file in list_files("/".join(parts[:2])) if file.name.endswith(MODEL_ENDINGS)]
    name = "/".join(parts[2:])
    found = [file for file in files if file.name == name] if name else files
    if len(found) == 1:
        return found[0]
    listing = ", ".join(file.name for file in files[:20]) or "no .pth or .safetensors file"
    raise NotFound("{wanted} names no single model file. The repository has: {listing}", wanted=wanted, listing=listing)


def _without_host(wanted: str) -> str:
    """Return ``owner/repository/file`` of a URL copied from the hub; other text is returned unchanged."""
    address = ADDRESS.fullmatch(wanted.strip())
    if address is None:
        return wanted.strip()
    return address["repository"] + "/" + urllib.parse.unquote(address["file"] or "")


def newest(files: Iterable[RemoteFile], size: str) -> RemoteFile:
    """Return the file of that size with the latest date in its name (``rwkv7-g1d-0.4b-20260210-ctx8192.pth``)."""
    dated = [(match, file) for file in files if (match := NAME.fullmatch(file.name))]
    fitting = [
        (match[3], match[1].lower(), int(match[4]), file) for match, file in dated if match[2].lower() == size.lower()
    ]
    if not fitting:
        sizes = sorted({match[2].lower() for match, _ in dated}, key=lambda text: float(text[:-1]))
        raise NotFound(
            "There is no {size} model in {repository}. Sizes there: {sizes}",
            size=size,
            repository=OFFICIAL,
            sizes=", ".join(sizes),
        )
    return max(fitting, key=lambda item: item[:3])[3]


def list_files(repository: str) -> list[RemoteFile]:
    """List the files of a repository; raises ``NotFound``, or ``ModelError`` if the hub cannot be reached."""
    from huggingface_hub import HfApi

    with _plain_errors(repository):
        info = HfApi().model_info(repository, files_metadata=True, timeout=30)
    files = []
    for sibling in info.siblings or []:
        lfs: Any = sibling.lfs or {}
        if PLAIN_PATH.fullmatch(sibling.rfilename) and int(sibling.size or 0) >= 0:
            sha256 = str(lfs.get("sha256") or "")
            files.append(RemoteFile(repository, sibling.rfilename, int(sibling.size or 0), sha256))
    return files


def download(
    file: RemoteFile,
    folder: Path,
    progress: Callable[[int], None] = lambda done: None,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Path:
    """Download ``file`` into ``folder``, resuming an attempt that was interrupted in this run or an earlier one.

    The hub's own library starts over in each run, so it only provides names, sizes and hashes. ``progress`` receives
    the number of bytes present. Raises ``ModelError``; what has arrived is kept in a ``.part`` file.
    """
    path = _within(folder, file.name)
    if path.is_file() and path.stat().st_size == file.size:
        verify(path, file)
        return path
    part = path.with_name(f"{path.name}.{file.sha256[:8]}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    _check_disk_space(file, file.size - _size(part), folder)
    try:
        with _plain_errors(file.repository):
            _fetch(file, part, progress, pause)
    except _TooMuchError as error:
        part.unlink(missing_ok=True)
        raise ModelError(
            "{name} is longer than the {size} bytes that the server promised, and was removed.",
            name=file.name, size=file.size,
        ) from error  # fmt: skip
    verify(part, file)
    return part.replace(path)


def _within(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ModelError("{name} would lie outside the folder {folder}.", name=repr(name), folder=folder)
    return path


def _check_disk_space(file: RemoteFile, missing: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if missing > free:
        raise ModelError(
            "{name} needs {need} MB more, and {folder} has {free} MB free.",
            name=file.name,
            need=missing >> 20,
            folder=folder,
            free=free >> 20,
        )


def _fetch(file: RemoteFile, part: Path, progress: Callable[[int], None], pause: Callable[[float], None]) -> None:
    """Fill ``part``. Gives up after TRIES consecutive connections without any data."""
    failures = 0
    while (before := _size(part)) < file.size:
        try:
            _fetch_rest(file, part, progress)
        except (OSError, http.client.HTTPException) as error:
            wrong = isinstance(error, urllib.error.HTTPError) and error.code not in (408, 429, 500, 502, 503, 504)
            failures = failures + 1 if _size(part) == before else 0
            if wrong or failures >= TRIES:
                raise
            pause(2.0**failures)


def _fetch_rest(file: RemoteFile, part: Path, progress: Callable[[int], None]) -> None:
    """Use one connection: append what is missing, or start over if the server does not support ranges."""
    from huggingface_hub import get_token, hf_hub_url

    begin = _size(part)
    request = urllib.request.Request(hf_hub_url(file.repository, file.name))  # noqa: S310  # the hub's own address
    if token := get_token():  # not sent to the servers that the hub redirects to
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    request.add_header("User-Agent", "roost")
    request.add_header("Range", f"bytes={begin}-")
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310  # the hub's own address
        resumed = answer.status == 206
        with part.open("ab" if resumed else "wb") as out:
            done = begin if resumed else 0
            while block := answer.read1(BLOCK):
                done += len(block)
                if done > file.size:
                    raise _TooMuchError
                out.write(block)
                progress(done)
            out.flush()
            os.fsync(out.fileno())
    if done < file.size:
        raise ConnectionError(f"the connection ended after {done} of {file.size} bytes")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def verify(path: Path, file: RemoteFile) -> None:
    """Raise ``ModelError``, and remove the file, if size or hash differ from what the hub says."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as data:
        while block := data.read(BLOCK):
            digest.update(block)
            size += len(block)
    if size != file.size or (file.sha256 and digest.hexdigest() != file.sha256):
        path.unlink()
        raise ModelError(
            "{name} did not arrive as it left (size or hash differ) and was removed. Pull it again.", name=file.name
        )


@contextmanager
def _plain_errors(repository: str) -> Iterator[None]:
    """Turn errors of the hub's library and of the network into one-line user errors."""
    from huggingface_hub import constants
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        yield
    except GatedRepoError as error:
        raise NotFound("{repository} asks for an account: set HF_TOKEN.", repository=repository) from error
    except RepositoryNotFoundError as error:
        raise NotFound("There is no repository {repository} on the hub.", repository=repository) from error
    except (UserError, _TooMuchError):
        raise
    except Exception as error:  # the HTTP client's exceptions depend on the library's release
        reason = printable((str(error).strip() or type(error).__name__).splitlines()[0])[:200]
        raise ModelError(
            "{hub} could not be reached ({reason}). What has arrived is kept: try again. HF_ENDPOINT sets a mirror.",
            hub=constants.ENDPOINT,
            reason=reason,
        ) from error
