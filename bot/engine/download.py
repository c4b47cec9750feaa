"""Fetching model files from the Hugging Face hub. Free of torch."""

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import ModelError, NotFound

OFFICIAL = "BlinkDL/rwkv7-g1"  # RWKV-7 chat models, by the author of RWKV
NAME = re.compile(r"rwkv7-(g\d+[a-z]?)-(\d+(?:\.\d+)?b)-(\d{8})-ctx(\d+)\.(?:pth|safetensors)", re.IGNORECASE)
SIZE = re.compile(r"\d+(?:\.\d+)?b", re.IGNORECASE)
MODEL_ENDINGS = (".pth", ".safetensors")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on the hub. ``sha256`` is empty for small files, which the hub does not hash."""

    repository: str
    name: str
    size: int
    sha256: str


def find_remote(wanted: str) -> RemoteFile:
    """The file that ``wanted`` means: a size such as ``0.4b``, ``owner/repository``, or ``owner/repository/file``.

    Raises ``NotFound`` that lists what there is.
    """
    if SIZE.fullmatch(wanted):
        return newest(list_files(OFFICIAL), wanted)
    parts = wanted.strip("/").split("/")
    if len(parts) < 2 or "" in parts or ".." in parts:
        raise NotFound(
            "{wanted} is neither a size (0.1b, 0.4b, 1.5b, 2.9b, 7.2b, 13.3b) nor OWNER/REPOSITORY[/FILE].",
            wanted=wanted,
        )
    files = [file for file in list_files("/".join(parts[:2])) if file.name.endswith(MODEL_ENDINGS)]
    name = "/".join(parts[2:])
    found = [file for file in files if file.name == name] if name else files
    if len(found) == 1:
        return found[0]
    listing = ", ".join(file.name for file in files[:20]) or "no .pth or .safetensors file"
    raise NotFound("{wanted} names no single model file. The repository has: {listing}", wanted=wanted, listing=listing)


def newest(files: Iterable[RemoteFile], size: str) -> RemoteFile:
    """The file of that size with the latest date in its name (``rwkv7-g1d-0.4b-20260210-ctx8192.pth``)."""
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
    """The files of a repository; raises ``NotFound``, or ``ModelError`` when the hub cannot be reached."""
    from huggingface_hub import HfApi

    with _plain_errors(repository):
        info = HfApi().model_info(repository, files_metadata=True, timeout=30)
    files = []
    for sibling in info.siblings or []:
        lfs: Any = sibling.lfs or {}
        files.append(RemoteFile(repository, sibling.rfilename, int(sibling.size or 0), str(lfs.get("sha256") or "")))
    return files


def download(file: RemoteFile, folder: Path, progress: Callable[[int], None] = lambda done: None) -> Path:
    """Fetch ``file`` into ``folder``, going on where an earlier attempt broke off; checks size and hash.

    The hub's library shows its own progress bar; ``progress`` is told the bytes hashed in the check afterwards.
    """
    from huggingface_hub import hf_hub_download

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file.name
    if not (path.is_file() and path.stat().st_size == file.size):
        free = shutil.disk_usage(folder).free
        if file.size > free:
            raise ModelError(
                "{name} needs {need} MB, and {folder} has {free} MB free.",
                name=file.name,
                need=file.size >> 20,
                folder=folder,
                free=free >> 20,
            )
        with _plain_errors(file.repository):
            hf_hub_download(file.repository, file.name, local_dir=folder)
    verify(path, file, progress)
    return path


def verify(path: Path, file: RemoteFile, progress: Callable[[int], None] = lambda done: None) -> None:
    """Raise ``ModelError``, and remove the file, when size or hash are not what the hub says."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as data:
        while block := data.read(1 << 22):
            digest.update(block)
            progress(done := done + len(block))
    if done != file.size or (file.sha256 and digest.hexdigest() != file.sha256):
        path.unlink()
        raise ModelError(
            "{path} did not arrive as it left (size or hash differ) and was removed. Pull it again.", path=path
        )


@contextmanager
def _plain_errors(repository: str) -> Iterator[None]:
    """What the hub's library and the network raise, in one line."""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        yield
    except GatedRepoError as error:
        raise NotFound("{repository} asks for an account: set HF_TOKEN.", repository=repository) from error
    except RepositoryNotFoundError as error:
        raise NotFound("There is no repository {repository} on the hub.", repository=repository) from error
    except Exception as error:  # which HTTP client raises depends on the library's release
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise ModelError(
            "The hub could not be reached ({reason}). What has arrived is kept: try again. HF_ENDPOINT sets a mirror.",
            reason=reason,
        ) from error
