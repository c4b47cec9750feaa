"""`roost run`: runs the whole bot until Ctrl-C or SIGTERM."""

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from bot.cli.garbage import begin_collecting, collected_later
from bot.cli.options import add_config_options, port
from bot.cli.service_notice import READY, STOPPING, tell_service_manager
from bot.cli.signals import on_signal
from bot.cli.trace_export import exported_traces
from bot.errors import UserError

if TYPE_CHECKING:
    from bot.app import App
    from bot.config.schema import Config, WebSection
    from bot.platforms.console.console_platform import ConsolePlatform

log = logging.getLogger(__name__)

CLOSE_SECONDS = 4.7  # limit on closing; what was said is committed earlier, so cutting it short loses nothing


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("run", help="start the bot: web page, Discord, and a prompt in this terminal")
    add_config_options(parser)
    parser.add_argument("--port", metavar="N", type=port, help="the web page's port (default: [web] port)")
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    with collected_later():
        return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    from bot.cli.options import read_config

    began = time.monotonic()
    config = read_config(options)
    if options.port is not None:
        config = config.model_copy(update={"web": config.web.model_copy(update={"port": options.port})})
    await _check_port(config.web)
    run = Run(config, began)
    for number in (signal.SIGTERM, signal.SIGINT):
        on_signal(number, run.stopping.set)
    with exported_traces(config.traces.endpoint):
        return await run.until_stopped()


async def _check_port(config: "WebSection") -> None:
    """Raise UserError early if the port is in use: loading the model takes a while."""
    if not config.enabled or not config.port:
        return
    try:
        from bot.platforms.web.server import open_listener
    except ModuleNotFoundError:  # start_platforms will report the missing package
        return
    (await open_listener(config.host, config.port)).close()


class Run:
    """One run of the bot. Setting ``stopping`` ends it at any time, even while the model is loading."""

    def __init__(self, config: "Config", began: float) -> None:
        self.stopping = asyncio.Event()
        self._config = config
        self._began = began
        self._up = False

    async def until_stopped(self) -> int:
        """Run until ``stopping`` is set or starting fails; return the exit code."""
        serving = asyncio.create_task(self._serve())
        stopped = asyncio.create_task(self.stopping.wait())
        await asyncio.wait([serving, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if serving.done():
            return serving.result()
        if not self._up:  # loading cannot be interrupted; nothing was said yet, and the store survives kills
            print("Stopped while starting.", flush=True)
            logging.shutdown()
            os._exit(0)
        _close_in_time()
        print("Closing: running replies are cut and kept ...", flush=True)
        return await serving

    async def _serve(self) -> int:
        from bot.app import make_console, open_app, start_platforms
        from bot.cli.banner import banner

        print(f"Loading {self._config.model.path} ...", flush=True)
        async with open_app(self._config) as app, metrics_page(app):
            await start_platforms(app)
            terminal = self._config.console.enabled and sys.stdin.isatty() and sys.stdout.isatty()
            console = make_console(app) if terminal else None
            self._up = True
            begin_collecting()
            print(banner(app, time.monotonic() - self._began, console=terminal), flush=True)
            if not app.platforms and console is None:
                print("roost: nothing could be started: no web page, no Discord, no terminal.", file=sys.stderr)
                return 1
            tell_service_manager(READY)
            if console is not None:
                await self._talk(console)
            await self.stopping.wait()
            tell_service_manager(STOPPING)
        return 0

    async def _talk(self, console: "ConsolePlatform") -> None:
        """Run the console. Its end is also the end of the program."""

        def interrupt() -> None:
            if not console.interrupt():
                self.stopping.set()

        on_signal(signal.SIGINT, interrupt)
        talk = asyncio.create_task(console.run())
        stopped = asyncio.create_task(self.stopping.wait())
        await asyncio.wait([talk, stopped], return_when=asyncio.FIRST_COMPLETED)
        self.stopping.set()
        talk.cancel()
        for result in await asyncio.gather(talk, stopped, return_exceptions=True):
            if isinstance(result, Exception):
                log.error("the console failed", exc_info=result)


@asynccontextmanager
async def metrics_page(app: "App") -> AsyncIterator[None]:
    """Serve metrics while the context is open, if enabled. A failure is recorded in ``problems``."""
    settings = app.config.metrics
    async with AsyncExitStack() as stack:
        if settings.enabled:
            from bot.monitor.not_running import NotRunning
            from bot.platforms.web.metrics_page import PATH, serve_metrics
            from bot.platforms.web.server import local_url

            try:
                bound = await stack.enter_async_context(serve_metrics(settings, app.conversations.core.metrics))
                log.info("metrics: %s%s", local_url(settings.host, bound), PATH.lstrip("/"))
            except UserError as error:
                app.problems.append(NotRunning("metrics", error))
        yield


def _close_in_time() -> None:
    """Exit the process if closing hangs, for example on a network or a long forward pass."""

    def cut() -> None:
        log.warning("closing took too long and was cut short; everything that was said is kept")
        os._exit(0)

    timer = threading.Timer(CLOSE_SECONDS, cut)
    timer.daemon = True
    timer.start()
