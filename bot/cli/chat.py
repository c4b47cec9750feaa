"""`roost chat`: chat in this terminal or through a pipe, without any other platform."""

import argparse
import asyncio
import signal
from typing import Any

from bot.cli.options import add_config_options
from bot.cli.signals import on_signal


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("chat", help="talk in this terminal only; also reads lines from a pipe")
    add_config_options(parser)
    parser.add_argument(
        "--channel", metavar="NAME", type=_channel, help="the conversation (default: [console] channel)"
    )
    parser.add_argument("--seed", metavar="N", type=int, help="draw every reply from this seed: same words, same reply")
    parser.set_defaults(func=lambda options: asyncio.run(_chat(options)))


def _channel(text: str) -> str:
    from bot.config.schema import MAX_CHANNEL_LENGTH

    if not 0 < len(text) <= MAX_CHANNEL_LENGTH:
        raise argparse.ArgumentTypeError(f"expected a name of 1 to {MAX_CHANNEL_LENGTH} characters, found {len(text)}")
    return text


async def _chat(options: argparse.Namespace) -> int:
    """Run the console. The exit code is 1 if a message from a pipe was refused, for example an unknown command."""
    from bot.app import make_console, open_app
    from bot.cli.options import read_config

    config = read_config(options, level="warning")
    async with open_app(config, seed=options.seed) as app:
        console = make_console(app, options.channel)
        talk = asyncio.create_task(console.run())
        on_signal(signal.SIGTERM, talk.cancel)
        on_signal(signal.SIGINT, lambda: console.interrupt() or talk.cancel())
        await asyncio.wait([talk])
    if talk.cancelled():
        return 0
    talk.result()
    return 1 if console.refused and not console.typed else 0
