"""Settings of channels and people, and how they come together: prompt < preset < channel < user < message.

A conversation lays the result over the prompt's own sampling. Each layer is ``{"preset": name, "sampling": {...},
"language": ...}``; a layer's own sampling goes over its preset's.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from bot.events import Origin

Layer = Mapping[str, Any]


class KeyValues(Protocol):
    """What is asked of the store's table of keys and values."""

    async def get(self, scope: str, key: str, default: Any = None) -> Any:
        """The value, or ``default``."""

    async def set(self, scope: str, key: str, value: Any) -> None:
        """Keep a JSON value."""

    async def delete(self, scope: str, key: str) -> bool:
        """Forget it."""


def user_scope(origin: Origin) -> str:
    """Where a person's settings lie: each guild knows only its own."""
    return f"user:{origin.platform}:{origin.guild or ''}:{origin.author.id}"[:255]


async def user_settings(values: KeyValues, origin: Origin) -> dict[str, Any]:
    """The settings of the author, here."""
    found = await values.get(user_scope(origin), "settings", {})
    return dict(found) if isinstance(found, dict) else {}


async def set_user_setting(values: KeyValues, origin: Origin, name: str, value: object | None) -> None:
    """Change one of the author's settings; None removes it."""
    old = await user_settings(values, origin)
    new = {key: kept for key, kept in old.items() if key != name} | ({} if value is None else {name: value})
    if new:
        await values.set(user_scope(origin), "settings", new)
    else:
        await values.delete(user_scope(origin), "settings")


def merge_sampling(
    preset: Callable[[str], Mapping[str, Any]], channel: Layer, user: Layer, message: Mapping[str, Any]
) -> dict[str, Any]:
    """SamplingParams' fields that a turn goes by: both presets, channel, user, message; later ones win."""
    presets: dict[str, Any] = {}
    for layer in (channel, user):
        if name := layer.get("preset"):
            presets |= preset(str(name))
    return presets | dict(channel.get("sampling", {})) | dict(user.get("sampling", {})) | dict(message)
