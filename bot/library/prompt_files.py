"""Prompt files, validated by pydantic and reloaded on change. If a file breaks, its last valid version is kept."""

import asyncio
import difflib
import logging
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from bot.errors import NotFound
from bot.i18n import checked_language
from bot.library.prompts import ChatPrompt, ThinkMode, clean_name
from bot.problems import problems as problems_of
from bot.sampling import sampling_values

log = logging.getLogger(__name__)

Name = Annotated[str, Field(min_length=1, max_length=32)]
MAX_BYTES = 256_000  # bytes per prompt file
BUILT_IN = ChatPrompt(name="plain", title="Plain chat")


class PromptFile(BaseModel):
    """The schema of prompts/chat/*.toml."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Annotated[str, Field(max_length=80)] = ""
    user: Name = "User"
    bot: Name = "Assistant"
    separator: Annotated[str, Field(min_length=1, max_length=4)] = ":"
    text: str = ""
    greeting: str = ""
    stop: list[Annotated[str, Field(min_length=1)]] = ["\n\n"]
    sampling: dict[str, JsonValue] = {}
    language: Annotated[str, AfterValidator(checked_language)] = "en"
    think: ThinkMode = "none"
    character: bool = False
    avatar: Annotated[str, Field(max_length=500, pattern=r"^(https://\S+)?$")] = ""

    @field_validator("user", "bot")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        value = unicodedata.normalize("NFC", value)
        if clean_name(value) != value:
            raise ValueError("expected one line without a colon")
        return value

    @field_validator("separator")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if "\n" in value:
            raise ValueError("expected one line")
        return value

    @field_validator("sampling")
    @classmethod
    def _known_sampling(cls, value: dict[str, JsonValue]) -> dict[str, object]:
        return sampling_values(value)


def parse(name: str, source: str) -> ChatPrompt:
    """Parse a prompt from TOML. Raises ValueError with one line per problem, including its line number."""
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        last = source.count("\n") + 1
        raise ValueError(str(error).replace("at end of document", f"at the end, line {last}")) from None
    try:
        found = PromptFile.model_validate(table)
    except ValidationError as error:
        raise ValueError("\n".join(problems_of(error, source, PromptFile.model_fields))) from None
    values = found.model_dump()
    return ChatPrompt(name=name, **(values | {"stop": tuple(values["stop"])}))


class Prompts:
    """The prompts of several folders, by name. Later folders override earlier ones."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)
        self.problems: dict[str, str] = {}  # file -> its current problems
        self._stamps: dict[Path, tuple[int, int]] = {}
        self._prompts: dict[Path, ChatPrompt] = {}
        self._extra: dict[str, ChatPrompt] = {}
        self._table: Mapping[str, ChatPrompt] = {}
        self.reload()

    def get(self, name: str) -> ChatPrompt:
        """Return the prompt of that name. Raises NotFound, which suggests the nearest name."""
        table = self._table
        if name not in table:
            near = difflib.get_close_matches(name, table, n=1, cutoff=0.4) or sorted(table)[:1]
            message = 'There is no prompt "{name}". Did you mean "{near}"? The command "prompts" lists them all.'
            raise NotFound(message, name=name[:60], near=near[0])
        return table[name]

    def find(self, name: str) -> ChatPrompt:
        """Return the prompt of that name, or the plain one if it no longer exists."""
        return self._table.get(name, BUILT_IN)

    def names(self) -> list[str]:
        """Return the names of all prompts, sorted."""
        return sorted(self._table)

    def add(self, prompt: ChatPrompt) -> None:
        """Add a prompt without a file, such as a plugin's."""
        self._extra[prompt.name] = prompt
        self._table = self._named()

    def reload(self) -> list[str]:
        """Read changed files. Returns one line per problem of newly broken files; their old versions stay in use."""
        news = []
        files = {path: _stamp(path) for path in self._files()}
        # Build new tables and swap them in at the end: turns read the old ones while this runs in a thread.
        prompts = {path: prompt for path, prompt in self._prompts.items() if path in files}
        problems = {name: text for name, text in self.problems.items() if Path(name) in files}
        for path, stamp in files.items():
            if self._stamps.get(path) == stamp:
                continue
            try:
                prompts[path] = _read(path)
                problems.pop(str(path), None)
            except (OSError, ValueError, RecursionError) as error:  # RecursionError: tomllib on "[[[[..."
                problems[str(path)] = str(error) or type(error).__name__
                news += [f"{path.name}: {line}" for line in problems[str(path)].splitlines()]
        self._prompts, self.problems, self._stamps = prompts, problems, files
        self._table = self._named()
        return news

    def broken(self) -> list[str]:
        """Return the current problems of all files, one per line."""
        return [f"{Path(file).name}: {line}" for file, text in self.problems.items() for line in text.splitlines()]

    def check(self) -> list[str]:
        """Return the problems of the files on disk, one per line with file and line number. Changes nothing."""
        lines = []
        for path in self._files():
            try:
                _read(path)
            except (OSError, ValueError, RecursionError) as error:
                lines += [f"{path.name}: {line}" for line in (str(error) or type(error).__name__).splitlines()]
        return lines

    async def watch(self, seconds: float) -> None:
        """Reload changed files forever. Problems are logged and kept in `problems`."""
        while True:
            await asyncio.sleep(seconds)
            try:
                news = await asyncio.to_thread(self.reload)
            except Exception:  # keep watching, whatever a file contains
                log.exception("the prompts could not be reloaded; they are looked at again")
                continue
            for line in news:
                log.warning("prompt not reloaded, the old version stays in use: %s", line)

    def _named(self) -> dict[str, ChatPrompt]:
        files = self._prompts  # folders are in order, so later ones override earlier ones
        found = {prompt.name: prompt for path, prompt in sorted(files.items(), key=self._order)}
        return found | self._extra if found or self._extra else {BUILT_IN.name: BUILT_IN}

    def _order(self, item: tuple[Path, ChatPrompt]) -> int:
        return next((index for index, folder in enumerate(self.folders) if item[0].is_relative_to(folder)), -1)

    def _files(self) -> list[Path]:
        return [path for folder in self.folders for path in sorted((folder / "chat").glob("*.toml")) if path.is_file()]


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


def _read(path: Path) -> ChatPrompt:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES // 1000} kB")
    return parse(path.stem, path.read_text(encoding="utf-8-sig"))
