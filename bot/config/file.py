"""Reading bot.toml: where it is, `KEY_env = "VARIABLE"`, errors by path, and showing it without its secrets."""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from bot.config.schema import Config, Section
from bot.errors import ConfigError
from bot.paths import data_file
from bot.problems import describe, place

MASK = "********"


def find_config(path: str | None = None, environment: Mapping[str, str] = os.environ) -> Path:
    """The file to read: ``path`` (``--config``), ``ROOST_CONFIG``, ``./bot.toml``, else the bundled one."""
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
    """Read and check the configuration. ``data`` (``--data``) and ``ROOST_DATA`` go before ``[bot] data``.

    Raises ConfigError with one line for each problem, like ``[discord] admin_ids[2]: expected an integer``.
    """
    file = find_config(path, environment)
    try:
        text = file.read_text(encoding="utf-8-sig")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError("{file} cannot be read: {reason}", file=file, reason=error) from None
    if "source" in table:
        raise ConfigError("{file}:\n{problems}", file=file, problems="source: unknown key")
    try:
        # A bundled file is nobody's own: relative paths then start where the program was started.
        source = None if file == data_file("bot.toml") else file
        config = Config.model_validate(with_environment(table, environment) | {"source": source})
    except ValidationError as error:
        lines = "\n".join(problem(item) for item in error.errors())
        raise ConfigError("{file}:\n{problems}", file=file, problems=lines) from None
    folder = data or environment.get("ROOST_DATA")
    if folder:
        where = str(Path(folder).expanduser().resolve())
        config = config.model_copy(update={"bot": config.bot.model_copy(update={"data": where})})
    return config


def with_environment(table: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Put the variables' values in place of ``KEY_env``. A variable that is not set leaves the key as it is."""
    done: dict[str, Any] = {}
    for name, section in table.items():
        field = Config.model_fields.get(name)
        kind = field.annotation if field else None
        if isinstance(section, dict) and isinstance(kind, type) and issubclass(kind, Section):
            done[name] = _filled(name, section, kind, environment)
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


def _names_variable(key: str, kind: type[BaseModel]) -> bool:
    return key.endswith("_env") and key not in kind.model_fields and key.removesuffix("_env") in kind.model_fields


def _converted(value: str, annotation: Any) -> Any:
    """A variable's text as the value that its key wants: text as it is, everything else written as in TOML."""
    if annotation in (str, SecretStr) or "str" in str(annotation).partition("[")[0]:
        return value
    try:
        return tomllib.loads(f"value = {value.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def problem(error: Mapping[str, Any]) -> str:
    """One problem of the configuration: ``[section] key: what is wrong``."""
    section, *path = error["loc"] or ("",)
    field = Config.model_fields.get(str(section))
    kind = field.annotation if field else None
    if not path:
        known: list[str] = [name for name in Config.model_fields if name != "source"]
        return f"[{section}]: {describe(error, known)}"
    names = list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, Section) else []
    secret = str(path[0]) in ("token", "url")
    shown = {**error, "input": None} if secret else error
    return f"[{section}] {place(path)}: {describe(shown, names)}"


def secrets(config: Config) -> list[str]:
    """The values that no log and no screen may show."""
    sections = (getattr(config, name) for name in Config.model_fields if name != "source")
    values = (value for section in sections for _, value in section)
    return [value.get_secret_value() for value in values if isinstance(value, SecretStr) and value.get_secret_value()]


def show(config: Config) -> str:
    """The configuration in force as TOML, secrets masked."""
    lines = [f"# from {config.source or data_file('bot.toml')}"]
    for name in Config.model_fields:
        if name == "source":
            continue
        lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in getattr(config, name))]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, SecretStr):
        return json.dumps(MASK if value.get_secret_value() else "")
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)
