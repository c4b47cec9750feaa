"""Access control: owners, administrators, and the rules set with `allow` and `block`.

An owner is named in the configuration, or is an administrator in a private place (the console, a signed-in browser).
Other administrators have that rank through a server's own permissions, and only in that server.
"""

from collections.abc import Mapping
from typing import Any, Literal

from bot.events import Origin
from bot.policy.scopes import ACCESS, EVERYWHERE
from bot.policy.shared_values import KeyValues, SharedTables

OUTSIDE = "You are not on the list of people who may use this bot here."

Rank = Literal["owner", "admin", "everyone"]
Kind = Literal["user", "channel", "role"]
Rule = Literal["allow", "block"]


class Access:
    """Ranks from the configuration and the platform, rules from the store."""

    def __init__(self, values: KeyValues, owners: frozenset[str]) -> None:
        self._rules = SharedTables(values, ACCESS)  # place -> "kind:id" -> rule
        self._owners = owners  # "platform:id"

    def rank(self, origin: Origin) -> Rank:
        """Return the author's rank in this place."""
        author = origin.author
        if f"{origin.platform}:{author.id}" in self._owners:
            return "owner"
        if not author.is_admin:
            return "everyone"
        return "admin" if origin.guild or origin.is_group else "owner"

    async def refuses(self, origin: Origin) -> bool:
        """Return whether the rules exclude the author. Administrators are never excluded."""
        if self.rank(origin) != "everyone":
            return False
        for place in (EVERYWHERE, place_of(origin)):
            if _is_excluded(await self.rules(place), origin):
                return True
        return False

    async def rules(self, place: str) -> dict[str, Rule]:
        """Return a place's rules by ``kind:id``."""
        found = await self._rules.get(place)
        return {name: rule for name, rule in found.items() if rule in ("allow", "block")}

    async def set_rule(self, place: str, kind: Kind, key: str, rule: Rule | None) -> None:
        """Set a rule; None removes it."""
        await self._rules.change(place, f"{kind}:{key}", rule)


def place_of(origin: Origin) -> str:
    """Return the place to which a rule set by ``origin`` applies: its server, else everywhere."""
    return f"{origin.platform}:{origin.guild}" if origin.guild else EVERYWHERE


def _is_excluded(rules: Mapping[str, Any], origin: Origin) -> bool:
    if not rules:
        return False
    person = [f"user:{origin.author.id}", *(f"role:{role}" for role in origin.author.roles)]
    channel = f"channel:{origin.channel}"
    if any(rules.get(name) == "block" for name in (*person, channel)):
        return True
    allowed = [name for name, rule in rules.items() if rule == "allow"]
    people = [name for name in allowed if not name.startswith("channel:")]
    channels = [name for name in allowed if name.startswith("channel:")]
    return bool(people and not set(people) & set(person)) or bool(channels and channel not in channels)
