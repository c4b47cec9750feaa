"""Files in the console: saves those attached to replies, reads those named in commands."""

import re
from itertools import count
from pathlib import Path

from bot.errors import InvalidOption, NotFound
from bot.events import Attachment, File

MAX_BYTES = 64 << 20  # bytes; commands have lower limits and report them themselves
NAMED = re.compile(r'(?:^|(?<=\s))@(?:"([^"\n]+)"|(\S+))')
UNSAFE = re.compile(r"[^\w.() -]")


def save(file: File, folder: Path) -> str:
    """Save the file without overwriting any. Returns a line that says where it is, or why saving failed."""
    name = UNSAFE.sub("_", Path(file.name).name).lstrip(".") or "file"
    for number in count(1):
        path = folder / (name if number == 1 else f"{Path(name).stem}-{number}{Path(name).suffix}")
        try:
            with path.open("xb") as out:
                out.write(file.data)
        except FileExistsError:
            continue
        except OSError as error:
            return f"{name}, {len(file.data)} bytes, could not be saved in {folder}: {error.strerror}"
        return f"saved: {path}, {len(file.data)} bytes"
    raise AssertionError("count does not end")


def named_files(text: str) -> tuple[str, tuple[Attachment, ...]]:
    """Return a command's text without its ``@FILE`` words, and those files. Words that name no file stay.

    Raises InvalidOption if a file is too large or cannot be read.
    """
    files = []

    def take(match: re.Match[str]) -> str:
        path = Path(match[1] or match[2]).expanduser()
        if not path.is_file():
            return match[0]
        files.append(Attachment(path.name, _read(path)))
        return ""

    rest = NAMED.sub(take, text)
    return (rest.strip() if files else text), tuple(files)


def check_named_file(text: str) -> None:
    """Raise NotFound if the text of a command that takes a file ends with the name of one that does not exist."""
    last = next(reversed(list(NAMED.finditer(text))), None)
    name = (last[1] or last[2]) if last is not None and last.end() == len(text.rstrip()) else ""
    if "/" in name or Path(name).suffix:
        raise NotFound("There is no file {path}.", path=Path(name).expanduser())


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InvalidOption("{path} is larger than {size} MB.", path=path, size=MAX_BYTES >> 20)
        return path.read_bytes()
    except OSError as error:
        raise InvalidOption("{path} cannot be read: {reason}", path=path, reason=error.strerror) from None
