"""Completing requests to Discord."""

import asyncio
from functools import partial
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.platforms.discord.link import Link, passing
from bot.platforms.line.sending import Undelivered
from tests.waiting import PATIENCE, until


def error(status: int) -> discord.HTTPException:
    kind = {403: discord.Forbidden, 404: discord.NotFound}.get(status, discord.HTTPException)
    response: Any = SimpleNamespace(status=status, reason="")
    return kind(response, {"code": 0, "message": ""})


@pytest.mark.parametrize(
    ("trouble", "worth_it"),
    [
        (error(500), True), (error(503), True), (error(429), True), (OSError(), True), (TimeoutError(), True),
        (aiohttp.ServerDisconnectedError(), True), (RuntimeError("Session is closed"), True),
        (error(400), False), (error(401), False), (error(403), False), (error(404), False), (RuntimeError("?"), False),
    ],
)  # fmt: skip
def test_what_passes_is_tried_again(trouble: Exception, worth_it: bool) -> None:
    assert passing(trouble) == worth_it


async def test_waking_ends_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.platforms.discord.link.FIRST_PAUSE", 1e6)
    link, tries = Link(), 0

    async def work() -> str:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise OSError
        return "done"

    def reached(number: int) -> bool:
        return tries == number

    def tried(times: int) -> bool:
        return tries == times

    task = asyncio.create_task(link.retry(work))
    for times in range(1, 4):
        await until(partial(tried, times))
        link.wake()
    assert await asyncio.wait_for(task, PATIENCE) == "done"


async def test_the_end_of_the_program_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.platforms.discord.link.FIRST_PAUSE", 1e6)
    link = Link()

    async def work() -> None:
        raise OSError

    task = asyncio.create_task(link.retry(work))
    await asyncio.sleep(0.01)
    link.close()
    with pytest.raises(Undelivered):
        await asyncio.wait_for(task, PATIENCE)


async def test_what_discord_refuses_is_told_at_once() -> None:
    async def work() -> None:
        raise error(404)

    with pytest.raises(discord.NotFound):
        await Link().retry(work)


def test_between_two_clients_there_is_none() -> None:
    with pytest.raises(ConnectionError):
        _ = Link().client
    assert Link().me is None
