"""`roost run`: the whole bot, until Ctrl-C or SIGTERM."""

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

CLOSE_SECONDS = 4.7  # after a signal; what is not closed by then is cut: everything said is committed long before


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("run", help="start the bot: web page, Discord, and a prompt in this terminal")
    add_config_options(parser)
    parser.add_argument("--port", metavar="N", type=port, help="the web page's port (default: [web] port)")
    parser.set_defaults(func=lambda options: asyncio.run(_run(options)))


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
    """Raise UserError while it costs nothing: a model takes its time to load."""
    if not config.enabled or not config.port:
        return
    try:
        from bot.platforms.web.server import open_listener
    except ModuleNotFoundError:  # the page will not be started, and that is said then
        return
    (await open_listener(config.host, config.port)).close()


class Run:
    """One run of the bot; ``stopping`` ends it at any time, also while the model loads."""

    def __init__(self, config: "Config", began: float) -> None:
        self.stopping = asyncio.Event()
        self._config = config
        self._began = began
        self._up = False

    async def until_stopped(self) -> int:
        """The exit code."""
        serving = asyncio.create_task(self._serve())
        stopped = asyncio.create_task(self.stopping.wait())
        await asyncio.wait([serving, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if serving.done():
            return serving.result()
        if not self._up:  # a model that loads cannot be interrupted; nothing was said yet, and the store survives kills
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
        """The prompt in the terminal, until it ends or the program does. Its end is the program's."""

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
    """Prometheus' page while the context is open, where it is switched on. A failure is recorded in ``problems``."""
    settings = app.config.metrics
    async with AsyncExitStack() as stack:
        if settings.enabled:
            from bot.platforms.web.metrics_page import PATH, serve_metrics
            from bot.platforms.web.server import local_url

            try:
                bound = await stack.enter_async_context(serve_metrics(settings, app.conversations.core.metrics))
                log.info("metrics: %s%s", local_url(settings.host, bound), PATH.lstrip("/"))
            except UserError as error:
                app.problems.append(f"metrics: {error}")
        yield


def _close_in_time() -> None:
    """Whatever hangs while closing (a network, a long forward) must not keep the process."""

    def cut() -> None:
        log.warning("closing took too long and was cut short; everything that was said is kept")
        os._exit(0)

    timer = threading.Timer(CLOSE_SECONDS, cut)
    timer.daemon = True
    timer.start()
