"""Measure messages per second without the model: `python -m tools.message_rate [--processes N] [--channels N]`.

First every channel sends its next message when the last one has been answered: the highest rate. Then messages arrive
at regular intervals at 60 % of it, whatever has been answered: what people wait for. Several processes share one
database, as several bots do. CPU time per message is meaningful even on a busy machine; the rate and the waits are not.
"""

import argparse
import asyncio
import cProfile
import multiprocessing
import pstats
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import reduce
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Protocol

from bot.cli.garbage import begin_collecting, collected_later
from bot.engine.serving.worker import SWITCH_SECONDS
from tools.message_load import Round, arrive, measure, open_bot

LOAD = 0.6  # of the highest rate, when messages arrive on their own
TITLES = ("as many as possible", f"at {LOAD:.0%} of that")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a process sends."""

    folder: Path
    channels: range
    messages: int  # of each channel in a round
    rounds: int


class Rounds(Protocol):
    """Where a process puts its rounds."""

    def send(self, obj: Round, /) -> None:
        """Add a round."""


async def rounds(plan: Plan, together: Callable[[], object], profile: cProfile.Profile | None) -> AsyncIterator[Round]:
    """Yield the rounds of both kinds in turn. ``together`` waits until the other processes are as far."""
    with collected_later():
        async with open_bot(plan.folder) as bot:
            await measure(bot, plan.channels, range(2))
            begin_collecting()  # as `roost run` does once it has started
            for number in range(plan.rounds):
                first = 2 + 2 * number * plan.messages
                later = range(first + plan.messages, first + 2 * plan.messages)
                await asyncio.to_thread(together)
                with profile or nullcontext():
                    most = await measure(bot, plan.channels, range(first, later.start))
                yield most
                await asyncio.to_thread(together)
                yield await arrive(bot, plan.channels, later, LOAD * most.rate)


def work(plan: Plan, barrier: Barrier, results: Rounds) -> None:
    """Send everything from this process. If that fails, nobody waits for it at the ``barrier``."""

    async def send() -> None:
        async for each in rounds(plan, barrier.wait, None):
            results.send(each)

    sys.setswitchinterval(SWITCH_SECONDS)  # as an engine does
    try:
        asyncio.run(send())
    except BaseException:
        barrier.abort()
        raise


def in_processes(plans: list[Plan]) -> None:
    """Run each plan in its own process, and print what they do together."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(len(plans))
    workers, results = [], []
    for plan in plans:
        result, theirs = context.Pipe(duplex=False)
        worker = context.Process(target=work, args=(plan, barrier, theirs), daemon=True)
        worker.start()
        theirs.close()  # so that the end of the process is the end of its results
        workers.append(worker)
        results.append(result)
    for _ in range(plans[0].rounds):
        for title in TITLES:
            try:
                found: list[Round] = [result.recv() for result in results]
            except EOFError:
                raise SystemExit("one of the processes has failed") from None  # and said why
            print(f"{title}: {reduce(Round.beside, found)}", flush=True)
    for worker in workers:
        worker.join()


async def here(plan: Plan, profile: cProfile.Profile | None) -> None:
    """Run a plan in this process, and print its rounds."""
    number = 0
    async for each in rounds(plan, lambda: None, profile):
        print(f"{TITLES[number % 2]}: {each}")
        number += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=1, help="on one database")
    parser.add_argument("--channels", type=int, default=32, help="of each process")
    parser.add_argument("--messages", type=int, default=20, help="of each channel in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="list the slowest functions (of one process)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        places = [range(options.channels * each, options.channels * (each + 1)) for each in range(options.processes)]
        plans = [Plan(Path(folder), channels, options.messages, options.rounds) for channels in places]
        profile = cProfile.Profile() if options.profile and len(plans) == 1 else None
        if len(plans) > 1:
            in_processes(plans)
        else:
            sys.setswitchinterval(SWITCH_SECONDS)
            asyncio.run(here(plans[0], profile))
    if profile is not None:
        stats = pstats.Stats(profile)
        stats.sort_stats("tottime").print_stats(60)
        stats.sort_stats("cumulative").print_stats("bot.(store|chat|dispatch|commands|policy)", 40)


if __name__ == "__main__":
    main()
