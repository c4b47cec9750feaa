"""Slash commands are sent to Discord only if the set has changed."""

from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.platforms.discord.sync import digest, synchronise


class Values:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Any] = {}

    async def get(self, scope: str, key: str, default: Any = None) -> Any:
        return self.kept.get((scope, key), default)

    async def set(self, scope: str, key: str, value: Any) -> None:
        self.kept[scope, key] = value


class Tree:
    """The part of a command tree that is used; ``told`` lists the scopes."""

    translator = None

    def __init__(self, *names: str, broken: bool = False) -> None:
        self.names, self.told, self.broken = names, list[int](), broken
        self.withdrawn: list[int] = []

        async def guild(_: int, place: int, payload: object) -> None:
            self.withdrawn.append(place)

        async def everywhere(_: int, payload: object) -> None:
            self.withdrawn.append(0)

        http = SimpleNamespace(bulk_upsert_guild_commands=guild, bulk_upsert_global_commands=everywhere)
        self.client = SimpleNamespace(http=http)

    def get_commands(self) -> list[Any]:
        return [SimpleNamespace(to_dict=lambda _, name=name: {"name": name}) for name in self.names]

    def copy_global_to(self, *, guild: object) -> None:
        return None

    async def sync(self, *, guild: discord.Object | None) -> None:
        if self.broken:
            response: Any = SimpleNamespace(status=500, reason="no")
            raise discord.HTTPException(response, "no")
        self.told.append(guild.id if guild else 0)


def tree(*names: str, broken: bool = False) -> app_commands.CommandTree[Any]:
    return Tree(*names, broken=broken)  # type: ignore[return-value]  # as much as is asked


async def test_the_order_of_declaration_is_no_change() -> None:
    assert await digest(tree("a", "b")) == await digest(tree("b", "a"))
    assert await digest(tree("a", "b")) != await digest(tree("a"))


async def test_only_a_changed_set_is_told_and_old_places_are_withdrawn() -> None:
    values = Values()
    assert await synchronise(tree("a"), values, 1, []) == 1
    assert await synchronise(tree("a"), values, 1, []) == 0
    moved: Any = tree("a")
    assert await synchronise(moved, values, 1, [7]) == 1
    assert (moved.told, moved.withdrawn) == ([7], [0])
    assert await synchronise(tree("a"), values, 2, [7]) == 1, "another application"


async def test_a_failure_is_tried_again_at_the_next_start(caplog: pytest.LogCaptureFixture) -> None:
    values = Values()
    assert await synchronise(tree("a", broken=True), values, 1, []) == 0
    assert "the old ones stay" in caplog.text
    assert await synchronise(tree("a"), values, 1, []) == 1
