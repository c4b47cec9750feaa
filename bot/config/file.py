"""Reads bot.toml: finds the file, resolves `KEY_env = "VARIABLE"`, and reports errors by path."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from bot.config.schema import SECTIONS, Config, Section
from bot.errors import ConfigError
from bot.paths import data_file, own_folder
from bot.problems import describe, place

VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
TOML_TABLE = re.compile(r"\('[^)]*\)")  # tomllib names a table as ('plugins', 'settings')
WORD = re.compile(r"'([^']*)'")


def find_config(path: str | None = None, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the file to read: ``path`` (``--config``), ``ROOST_CONFIG``, ``./bot.toml``, else the bundled one."""
    chosen = path or environment.get("ROOST_CONFIG")
    if chosen:
        file = Path(chosen).expanduser()
        if not file.is_file():
            raise ConfigError("There is no configuration file {file}.", file=file)
        return file.resolve()
    own = Path("bot.toml").resolve()
    return own if own.is_file() else data_file("bot.toml")


def load_config(
    path: str | None = None, *, data: str | None = None, environment: Mapping[str, str] = os.environ
) -> Config:
    """Load and validate the configuration. ``data`` (``--data``) and ``ROOST_DATA`` override ``[bot] data``.

    Raises ConfigError with one line per problem, like ``[discord] admin_ids[2]: expected an integer``.
    """
    file = find_config(path, environment)
    table = _parsed(file)
    if inner := {"source", "base"} & table.keys():
        raise ConfigError("{file}:\n{problems}", file=file, problems=f"{min(inner)}: unknown key")
    try:
        # With the bundled file, relative paths start at the user's own folder, wherever Roost is started.
        where = {"base": own_folder()} if file == data_file("bot.toml") else {"base": file.parent, "source": file}
        config = Config.model_validate(with_environment(table, environment) | where)
    except ValidationError as error:
        lines = "\n".join(problem(item) for item in error.errors())
        raise ConfigError("{file}:\n{problems}", file=file, problems=lines) from None
    folder = data or environment.get("ROOST_DATA")
    if folder:
        chosen = str(Path(folder).expanduser().resolve())
        config = config.model_copy(update={"bot": config.bot.model_copy(update={"data": chosen})})
    return config


def _parsed(file: Path) -> dict[str, Any]:
    """Parse the file. Raises ConfigError, with advice on the mistakes that text editors and Windows paths cause."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        line = 1 + error.object.count(b"\n", 0, error.start)
        reason = f"line {line} is not UTF-8 text. Save the file with the encoding UTF-8"
    except tomllib.TOMLDecodeError as error:
        advice = r". Write Windows paths in single quotes: 'C:\models\rwkv.pth'" if "'\\'" in str(error) else ""
        reason = TOML_TABLE.sub(lambda match: f"[{'.'.join(WORD.findall(match[0]))}]", str(error)) + advice
    except OSError as error:
        reason = error.strerror or str(error)
    raise ConfigError("{file} cannot be read: {reason}", file=file, reason=reason)


def with_environment(table: Mapping[str, object], environment: Mapping[str, str]) -> dict[str, object]:
    """Replace each ``KEY_env`` by its variable's value. An unset variable leaves the key as it is."""
    done: dict[str, object] = {}
    for name, section in table.items():
        field = Config.model_fields.get(name)
        kind = field.annotation if field else None
        if isinstance(section, dict) and isinstance(kind, type) and issubclass(kind, Section):
            done[name] = filled = _filled(name, section, kind, environment)
            if name == "plugins" and isinstance(settings := filled.get("settings"), dict):
                filled["settings"] = {key: _plugin_filled(value, environment) for key, value in settings.items()}
        else:
            done[name] = section
    return done


def _filled(
    name: str, section: Mapping[str, Any], kind: type[BaseModel], environment: Mapping[str, str]
) -> dict[str, Any]:
    done = {key: value for key, value in section.items() if not _names_variable(key, kind)}
    for key, variable in section.items():
        if not _names_variable(key, kind):
            continue
        if not isinstance(variable, str) or not variable:
            raise ConfigError("[{section}] {key}: expected the name of an environment variable", section=name, key=key)
        if value := environment.get(variable):
            done[key.removesuffix("_env")] = _converted(value, kind.model_fields[key.removesuffix("_env")].annotation)
    return done


def _plugin_filled(table: object, environment: Mapping[str, str]) -> object:
    """Resolve ``KEY_env`` in a plugin's settings, whose keys are unknown here: the value must look like a variable."""
    if not isinstance(table, dict):
        return table
    done = dict(table)
    for key, variable in table.items():
        if key.endswith("_env") and isinstance(variable, str) and VARIABLE.fullmatch(variable):
            del done[key]
            if value := environment.get(variable):
                done[key.removesuffix("_env")] = value
    return done


def _names_variable(key: str, kind: type[BaseModel]) -> bool:
    return key.endswith("_env") and key not in kind.model_fields and key.removesuffix("_env") in kind.model_fields


def _converted(value: str, annotation: Any) -> Any:
    """Convert a variable's text to the key's type: text as it is, everything else parsed as TOML."""
    if annotation in (str, SecretStr) or "str" in str(annotation).partition("[")[0]:
        return value
    try:
        return tomllib.loads(f"value = {value.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def problem(error: ErrorDetails) -> str:
    """Format one problem: ``[section] key: what is wrong``."""
    section, *path = error["loc"] or ("",)
    field = Config.model_fields.get(str(section))
    kind = field.annotation if field else None
    if not path:
        return f"[{section}]: {describe(error, SECTIONS)}"
    names = list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, Section) else []
    secret = str(path[0]) in ("token", "url", "secret", "key")
    shown: ErrorDetails = {**error, "input": None} if secret else error
    return f"[{section}] {place(path)}: {describe(shown, names)}"
