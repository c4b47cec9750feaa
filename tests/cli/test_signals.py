"""Signals, including where the event loop cannot handle them."""

import asyncio
import os
import signal

import pytest

from bot.cli.signals import on_signal


@pytest.mark.parametrize("watching", [True, False])
async def test_a_signal_calls(watching: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGUSR1)

    def refuse(*_: object) -> None:
        raise NotImplementedError

    if not watching:
        monkeypatch.setattr(loop, "add_signal_handler", refuse)  # as on Windows
    came = asyncio.Event()
    try:
        on_signal(signal.SIGUSR1, came.set)
        os.kill(os.getpid(), signal.SIGUSR1)
        await came.wait()
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, before)
