"""Logging: rich in a terminal, plain text or JSON lines elsewhere, with secrets masked everywhere."""

import json
import logging
import re
import sys
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot.config.masking import MASK
from bot.config.schema import LogSection
from bot.errors import ConfigError
from bot.request_id import request_id

TOKEN_IN_ADDRESS = re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.~-]+")  # discord.py logs URLs
PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"
TAIL_LINES = 500
TAIL_CHARS = 4000  # per record, including its traceback
QUIET = ("alembic", "aiosqlite", "sqlalchemy.engine", "uvicorn.access", "discord.gateway", "discord.client", "numba")


class MaskingFormatter(logging.Formatter):
    """Wraps a formatter and masks secrets in its output, tracebacks included."""

    def __init__(self, inner: logging.Formatter, secrets: Sequence[str]) -> None:
        super().__init__()
        self._inner = inner
        self._secrets = sorted((secret for secret in secrets if len(secret) >= 4), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        text = self._inner.format(record)
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return TOKEN_IN_ADDRESS.sub(rf"\1{MASK}", text)


class DetailFormatter(logging.Formatter):
    """Also writes a record's ``details``: tracebacks of plugins, which are not shown in a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        details = getattr(record, "details", "")
        return f"{text}\n{details.rstrip()}" if details else text


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, logger, message; request id and error if there are any."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage(),
        }  # fmt: skip
        if request := request_id():
            line["request"] = request
        error = self.formatException(record.exc_info) if record.exc_info else getattr(record, "details", "").rstrip()
        if error:
            line["error"] = error
        return json.dumps(line, ensure_ascii=False)


class TailHandler(logging.Handler):
    """Keeps the most recent lines for the owner's page."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: deque[str] = deque(maxlen=TAIL_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record)[:TAIL_CHARS])


def last_lines() -> list[str]:
    """Return the end of the log, oldest line first and with secrets masked; empty if logging is not set up."""
    return [
        line for handler in logging.getLogger().handlers if isinstance(handler, TailHandler) for line in handler.lines
    ]


def set_up_logging(config: LogSection, secrets: Sequence[str] = (), base: Path | None = None) -> None:
    """Log to standard error (and ``[log] file``). May be called again. Raises ConfigError if the file fails."""
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if getattr(handler, "roost", False)]:
        root.removeHandler(old)
        old.close()
    terminal = sys.stderr.isatty() and config.format == "text"
    handlers: list[logging.Handler] = [_terminal_handler() if terminal else _plain(logging.StreamHandler())]
    if config.file:
        handlers.append(_file_handler((base or Path.cwd()) / Path(config.file).expanduser()))
    if config.format == "json":
        for handler in handlers:
            handler.setFormatter(JsonFormatter())
    handlers.append(_plain(TailHandler()))
    for handler in handlers:
        handler.setFormatter(MaskingFormatter(handler.formatter or logging.Formatter(PLAIN), secrets))
        handler.roost = True  # type: ignore[attr-defined]  # marks the handler as ours
        root.addHandler(handler)
    root.setLevel(config.level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _file_handler(path: Path) -> logging.Handler:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _plain(logging.FileHandler(path, encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            "[log] file: {path} cannot be written ({reason}); name a file.", path=path, reason=error.strerror
        ) from None


def _plain(handler: logging.Handler) -> logging.Handler:
    handler.setFormatter(DetailFormatter(PLAIN))
    return handler


def _terminal_handler() -> logging.Handler:
    from rich.console import Console
    from rich.logging import RichHandler

    handler = RichHandler(console=Console(stderr=True), show_path=False, log_time_format="%H:%M:%S", markup=False)
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler
