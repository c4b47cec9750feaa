"""Layered settings of channels and users, merged as: prompt < preset < channel < user < message.

A conversation applies the result over the prompt's own sampling. Each layer is ``{"preset": name, "sampling": {...},
"language": ...}``; a layer's own sampling overrides its preset's.
"""

from collections.abc import Callable, Mapping

from bot.events import Origin
from bot.policy.scopes import user_scope
from bot.policy.shared_values import KeyValues, with_entry

Layer = Mapping[str, object]


async def user_settings(values: KeyValues, origin: Origin) -> dict[str, object]:
    """Return the author's settings in this place."""
    found = await values.get(user_scope(origin), "settings", {})
    return dict(found) if isinstance(found, dict) else {}


async def set_user_setting(values: KeyValues, origin: Origin, name: str, value: object | None) -> None:
    """Change one of the author's settings; None removes it."""
    await values.update(user_scope(origin), "settings", lambda old: with_entry(old, name, value) or None)


def merge_sampling(
    preset: Callable[[str], Mapping[str, object]], channel: Layer, user: Layer, message: Mapping[str, object]
) -> dict[str, object]:
    """Return a turn's sampling fields: both presets, then channel, user and message; later ones win."""
    presets: dict[str, object] = {}
    for layer in (channel, user):
        if name := layer.get("preset"):
            presets |= preset(str(name))
    return presets | table_of(channel, "sampling") | table_of(user, "sampling") | dict(message)


def table_of(layer: Layer, name: str) -> dict[str, object]:
    """Return a table within a layer, or an empty one."""
    found = layer.get(name)
    return dict(found) if isinstance(found, dict) else {}
