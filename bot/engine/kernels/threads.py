"""The threads that run the kernels."""

import contextlib
import os
import threading
from queue import SimpleQueue
from typing import Any

from bot.engine.kernels.work_queue import WorkQueue, new_queue

Call = tuple[Any, WorkQueue, tuple[Any, ...]]


class Team:
    """The calling thread and its helpers, which sleep while there is nothing to do."""

    def __init__(self, threads: int) -> None:
        """``threads`` is the total number, including the caller."""
        self.threads = threads
        self._inboxes = [SimpleQueue[Call | None]() for _ in range(threads - 1)]
        for number, inbox in enumerate(self._inboxes):
            threading.Thread(target=_help, args=(inbox,), name=f"kernels-{number + 1}", daemon=True).start()

    def run(self, kernel: Any, phases: int, *args: Any, alone: bool = False) -> None:
        """Run ``kernel(work, *args)`` in all threads, or only in this one if ``alone``; it is finished on return.

        A helper may still look at the work queue then, but touches nothing else.
        """
        work = new_queue(phases)
        if not alone:
            for inbox in self._inboxes:
                inbox.put((kernel, work, args))
        kernel(work, *args)

    def dismiss(self) -> None:
        """End the helper threads."""
        for inbox in self._inboxes:
            inbox.put(None)


def _help(inbox: "SimpleQueue[Call | None]") -> None:
    while call := _newest(inbox):
        kernel, work, args = call
        with contextlib.suppress(Exception):  # the caller raises the same error
            kernel(work, *args)
        del call, kernel, work, args  # keep no arrays alive while sleeping


def _newest(inbox: "SimpleQueue[Call | None]") -> Call | None:
    """Wait for a call and return the newest one: earlier calls have been finished without this thread."""
    call = inbox.get()
    while call is not None and not inbox.empty():
        call = inbox.get()
    return call


_team: Team | None = None


def team() -> Team:
    """Return the team that computes: one thread per processor unless :func:`set_threads` was called."""
    global _team
    if _team is None:
        _team = Team(int(os.environ.get("NUMBA_NUM_THREADS") or os.cpu_count() or 1))
    return _team


def set_threads(count: int) -> None:
    """Use ``count`` threads, at least one, in the kernels of this process from now on."""
    global _team
    count = max(1, count)
    if _team is None or _team.threads != count:
        if _team is not None:
            _team.dismiss()
        _team = Team(count)


def _forget() -> None:
    """Drop the team in a forked process, which has none of its parent's threads."""
    global _team
    _team = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
