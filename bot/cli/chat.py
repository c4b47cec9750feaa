"""`roost chat`: talk in this terminal, or through a pipe, and nothing else."""

import argparse
import asyncio
import signal
from typing import Any

from bot.cli.options import add_config_options


def add_parser(subparsers: Any) -> None:
    """Add the family to the command line."""
    parser = subparsers.add_parser("chat", help="talk in this terminal only; also reads lines from a pipe")
    add_config_options(parser)
    parser.add_argument("--channel", metavar="NAME", help="the conversation to go on with (default: [console] channel)")
    parser.add_argument("--seed", metavar="N", type=int, help="draw every reply from this seed: same words, same reply")
    parser.set_defaults(func=lambda options: asyncio.run(_chat(options)))


async def _chat(options: argparse.Namespace) -> int:
    from bot.app import make_console, open_app
    from bot.cli.options import read_config

    config = read_config(options, level="warning")
    async with open_app(config, seed=options.seed) as app:
        console = make_console(app, options.channel)
        talk = asyncio.create_task(console.run())
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, talk.cancel)
        loop.add_signal_handler(signal.SIGINT, lambda: console.interrupt() or talk.cancel())
        await asyncio.wait([talk])
    if talk.cancelled():
        return 0
    talk.result()
    return 0
