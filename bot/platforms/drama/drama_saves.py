"""RWKV-Drama's save folder: SERIES/NAME/场景剧本.json, with the scene's logs next to it."""

import re
from datetime import datetime
from pathlib import Path

from bot.errors import InvalidOption
from bot.library.scenes.drama_files import LOG_ENDING, SCENARIO_FILE

MAX_PICTURE_BYTES = 32_000_000  # bytes
MAX_PART_LENGTH = 240  # bytes; file systems allow 255, including the suffix
MAX_SCENES = 500
MAX_LOGS = 200  # per scene
FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]')
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


class DramaSaves:
    """Scenarios and logs on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def scenario(self, series: str, name: str) -> bytes:
        """Return a scene's scenario, or b"" if there is none."""
        path = self._place(series, name) / SCENARIO_FILE
        return path.read_bytes() if path.is_file() else b""

    def picture(self, series: str, name: str, speaker: str) -> Path | None:
        """Return the path of NAME.png next to the scenario, or None if there is none."""
        path = self._place(series, name) / f"{part(speaker)}.png"
        try:
            return path if path.is_file() and path.stat().st_size <= MAX_PICTURE_BYTES else None
        except OSError:
            return None

    def write_scenario(self, series: str, name: str, data: bytes) -> None:
        """Write a scene's scenario. Raises InvalidOption if there are too many scenes."""
        place = self._place(series, name)
        if not place.is_dir() and len(list(self._folder.glob("*/*"))) >= MAX_SCENES:
            message = "There are {most} scenes in {folder}: remove some before another one is saved."
            raise InvalidOption(message, most=MAX_SCENES, folder=self._folder.name)
        self._write(place / SCENARIO_FILE, data)

    def write_log(self, series: str, name: str, began: datetime, data: bytes) -> None:
        """Write the log of the scene that started at ``began``, replacing an earlier one of the same scene.

        Raises InvalidOption if the scene has too many logs.
        """
        path = self._place(series, name) / f"{began:%Y%m%d-%H%M}{LOG_ENDING}"
        if not path.is_file() and len(list(path.parent.glob(f"*{LOG_ENDING}"))) >= MAX_LOGS:
            message = "There are {most} logs in {folder}: remove some before another one is saved."
            raise InvalidOption(message, most=MAX_LOGS, folder=path.parent.name)
        self._write(path, data)

    def _place(self, series: str, name: str) -> Path:
        return self._folder / part(series) / part(name)

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part_file = path.with_suffix(".part")
        part_file.write_bytes(data)
        part_file.replace(path)


def part(name: str) -> str:
    """Return ``name`` as a path component that is valid on every system."""
    short = FORBIDDEN.sub("_", name)[:80].encode("utf-8", "ignore")[:MAX_PART_LENGTH].decode("utf-8", "ignore")
    cleaned = short.strip().strip(". ")
    return f"_{cleaned}" if not cleaned or RESERVED.fullmatch(cleaned) else cleaned
