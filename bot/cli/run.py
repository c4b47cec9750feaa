"""`roost run`: the whole bot, until Ctrl-C or SIGTERM."""

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from bot.cli.options import add_config_options

if TYPE_CHECKING:
    from bot.platforms.console.console_platform import ConsolePlatform

log = logging.getLogger(__name__)

CLOSE_SECONDS = 4.7  # after a signal; what is not closed by then is cut: everything said is committed long before


def add_parser(subparsers: Any) -> None:
    """Add the family to the command line."""
    parser = subparsers.add_parser("run", help="start the bot: web page, Discord, and a prompt in this terminal")
    add_config_options(parser)
    parser.add_argument("--port", metavar="N", type=int, help="the web page's port (default: [web] port)")
    parser.set_defaults(func=lambda options: asyncio.run(_run(options)))


async def _run(options: argparse.Namespace) -> int:
    from bot.app import make_console, open_app, start_platforms
    from bot.cli.banner import banner
    from bot.cli.options import read_config

    began = time.monotonic()
    config = read_config(options)
    if options.port is not None:
        config = config.model_copy(update={"web": config.web.model_copy(update={"port": options.port})})
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    loop.add_signal_handler(signal.SIGINT, stopping.set)
    print(f"Loading {config.model.path} ...", flush=True)
    async with open_app(config) as app:
        await start_platforms(app)
        terminal = config.console.enabled and sys.stdin.isatty() and sys.stdout.isatty()
        console = make_console(app) if terminal else None
        print(banner(app, time.monotonic() - began, console=terminal), flush=True)
        if not app.platforms and console is None:
            print("roost: nothing could be started, so there is nobody to talk to.", file=sys.stderr)
            return 1
        waiting: list[asyncio.Task[Any]] = [asyncio.create_task(stopping.wait())]
        if console is not None:
            waiting.append(asyncio.create_task(console.run()))
            loop.add_signal_handler(signal.SIGINT, _interrupt, console, stopping)
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        _close_in_time()
        print("Closing: running replies are cut and kept ...", flush=True)
        for task in waiting:
            task.cancel()
        for result in await asyncio.gather(*waiting, return_exceptions=True):
            if isinstance(result, Exception):
                log.error("the console failed", exc_info=result)
    return 0


def _interrupt(console: "ConsolePlatform", stopping: asyncio.Event) -> None:
    """Ctrl-C: the first one cuts the reply that is being written, any other ends the program."""
    if not console.interrupt():
        stopping.set()


def _close_in_time() -> None:
    """Whatever hangs while closing (a network, a long forward) must not keep the process."""

    def cut() -> None:
        log.warning("closing took too long and was cut short; everything that was said is kept")
        os._exit(0)

    timer = threading.Timer(CLOSE_SECONDS, cut)
    timer.daemon = True
    timer.start()
