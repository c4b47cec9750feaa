"""Administrators are told about a missing permission once a day."""

from typing import Any

import pytest

from bot.config.schema import DiscordSection
from bot.platforms.discord.permission_reports import AGAIN_AFTER, MAX_REMEMBERED, PermissionReports


class Admin:
    def __init__(self) -> None:
        self.heard: list[str] = []

    async def send(self, text: str, **_: Any) -> None:
        self.heard.append(text)


class Client:
    """The part of a client that is used."""

    def __init__(self, admin: Admin) -> None:
        self.admin = admin

    def get_channel(self, number: int) -> Any:
        return type("Place", (), {"name": f"room{number}", "guild": None})()

    def get_user(self, number: int) -> Admin:
        return self.admin


@pytest.fixture
def admin() -> Admin:
    return Admin()


async def test_once_a_day_for_each_place_and_permission(admin: Admin) -> None:
    now = [1000.0]
    link: Any = type("Link", (), {"client": Client(admin)})()
    permission_reports = PermissionReports(DiscordSection(admin_ids=[9]), link, clock=lambda: now[0])
    for _ in range(3):
        await permission_reports.report(1, "send")
    await permission_reports.report(1, "files")
    await permission_reports.report(2, "send")
    assert ["#room1" in text for text in admin.heard] == [True, True, False]
    now[0] += AGAIN_AFTER
    await permission_reports.report(1, "send")
    assert len(admin.heard) == 4


async def test_no_number_of_channels_makes_it_grow(admin: Admin) -> None:
    link: Any = type("Link", (), {"client": Client(admin)})()
    permission_reports = PermissionReports(DiscordSection(), link)
    for channel in range(MAX_REMEMBERED + 10):
        await permission_reports.report(channel, "send")
    assert len(permission_reports._reported) <= MAX_REMEMBERED
