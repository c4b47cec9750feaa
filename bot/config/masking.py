"""Secrets in the configuration: collecting them, and showing the configuration without them."""

import json
import re
from collections.abc import Iterator, Mapping

from pydantic import SecretStr

from bot.config.schema import SECTIONS, Config
from bot.paths import data_file

MASK = "********"
NAMED_SECRET = re.compile(r"token|secret|passw|api_?key|private_?key|credential|(^|_)(key|auth|pwd)$", re.IGNORECASE)


def secrets(config: Config) -> list[str]:
    """Return the values that must appear in no log and on no screen, including those of plugins."""
    sections = (getattr(config, name) for name in SECTIONS)
    values = (value for section in sections for _, value in section)
    own = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    return [value for value in (*own, *_named_secrets(config.plugins.settings)) if value]


def show(config: Config) -> str:
    """Return the configuration in effect as TOML, with secrets masked."""
    lines = [f"# from {config.source or data_file('bot.toml')}"]
    for name in SECTIONS:
        lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in getattr(config, name))]
    return "\n".join(lines) + "\n"


def _named_secrets(table: Mapping[str, object]) -> Iterator[str]:
    """Yield secrets by the names of their keys: plugins declare no types."""
    for key, value in table.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping):
                yield from _named_secrets(item)
            elif isinstance(item, str) and NAMED_SECRET.search(key):
                yield item


def _toml(value: object, key: str = "") -> str:
    if isinstance(value, SecretStr):
        return json.dumps(MASK if value.get_secret_value() else "")
    if isinstance(value, str) and value and NAMED_SECRET.search(key):
        return json.dumps(MASK)
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(name)} = {_toml(item, name)}" for name, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(item, key) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)
