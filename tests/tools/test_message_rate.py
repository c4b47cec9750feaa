"""The rounds of one process and of several."""

import asyncio
from pathlib import Path

import pytest

from tools.message_load import Round, Waits
from tools.message_rate import TITLES, Plan, here, rounds


async def collected(plan: Plan, together: asyncio.Barrier) -> list[Round]:
    loop = asyncio.get_running_loop()

    def wait() -> None:
        asyncio.run_coroutine_threadsafe(together.wait(), loop).result()

    return [each async for each in rounds(plan, wait, None)]


def test_rounds_of_two_processes_are_one() -> None:
    first = Round(2, 1.0, 0.5, 0.4, [Waits(0.1, 0.2)] * 2)
    second = Round(4, 2.0, 0.7, 0.6, [Waits(0.3, 0.4)] * 4)
    both = first.beside(second)
    assert (both.rate, both.cpu, both.loop) == (3.0, 1.2, 1.0)
    assert both.waits == [*first.waits, *second.waits]


async def test_two_share_a_database(tmp_path: Path) -> None:
    together = asyncio.Barrier(2)
    plans = [Plan(tmp_path, range(first, first + 2), messages=2, rounds=1) for first in (0, 2)]
    found = await asyncio.gather(*(collected(plan, together) for plan in plans))
    assert [[each.messages for each in rounds] for rounds in found] == [[4, 4], [4, 4]]


async def test_each_round_has_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await here(Plan(tmp_path, range(2), messages=1, rounds=2), None)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [*TITLES, *TITLES]
