"""`roost cluster`: engines under Ray Serve, on this machine or on many."""

import argparse
import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.options import add_config_options, port, read_config
from bot.cli.signals import on_signal
from bot.errors import ConfigError

if TYPE_CHECKING:
    from ray.serve.schema import ServeDeploySchema

    from bot.config.schema import Config

START_SECONDS = 600.0  # large models take minutes to load
END_SECONDS = 600.0
WATCH_SECONDS = 2.0
ADDRESS = "auto"  # the Ray cluster on this machine


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("cluster", help="run several engines with Ray Serve ([engine] cluster)")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    up = actions.add_parser("up", help="start engines as a Serve configuration file says")
    up.add_argument("file", nargs="?", type=Path, default=None, help="the file (default: one for this machine)")
    up.add_argument("--port", metavar="N", type=port, help="the port that bots ask (default: that of the file)")
    up.add_argument("--cores", metavar="N", type=int, help="CPU cores for the cluster (default: all)")
    _add_ray_options(up, "deploy to this Ray cluster and return (default: $RAY_ADDRESS; else one is started here)")
    up.set_defaults(func=_up)
    for name, text, run in (
        ("status", "show the engines and their load", _status),
        ("down", "finish running replies, write the states, and end", _down),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("--name", default="roost", help="the application's name in its file (default: roost)")
        _add_ray_options(action, "the Ray cluster (default: $RAY_ADDRESS, then the one on this machine)")
        action.set_defaults(func=run)


def _add_ray_options(parser: argparse.ArgumentParser, text: str) -> None:
    add_config_options(parser)
    parser.add_argument("--address", metavar="ADDRESS", default=os.environ.get("RAY_ADDRESS", ""), help=text)


def _prepare_ray(data: Path, *, new: bool) -> None:
    """Import Ray with the token of the cluster in ``data``, or a ``new`` one. Raises ConfigError if Ray is missing."""
    from bot.cluster.ray_environment import prepare, prepare_new

    (prepare_new if new else prepare)(data)
    try:
        from ray import serve  # noqa: F401
    except ImportError as error:
        message = "{package} is not installed: pip install 'roost[ray]'"
        raise ConfigError(message, package=error.name or "ray") from None


def _up(options: argparse.Namespace) -> int:
    config = read_config(options)
    _prepare_ray(config.data, new=not options.address)
    from bot.cluster.deployment import deploy, name_of, read_file, wait_until_running
    from bot.cluster.local_ray import connected, started

    bundled = Path(__file__).parents[1] / "cluster" / "serve.yaml"
    file = read_file(options.file or bundled, _arguments(config), port=options.port)
    if options.address:
        with connected(options.address):
            deploy(file)
            wait_until_running(name_of(file), START_SECONDS)
            _print_running(file)
        return 0
    print("Starting Ray on this machine ...", flush=True)
    with started(options.cores) as address:
        deploy(file)
        wait_until_running(name_of(file), START_SECONDS)
        _print_running(file)
        print(f"The Ray cluster is {address}. Ctrl-C or `roost cluster down` ends it.", flush=True)
        asyncio.run(_until_down(name_of(file)))
    return 0


def _print_running(file: "ServeDeploySchema") -> None:
    from bot.cluster.deployment import address_of

    print(f'The cluster runs. In the bots\' bot.toml: [engine] cluster = "{address_of(file)}"', flush=True)


def _arguments(config: "Config") -> dict[str, str]:
    """Return the ``args`` given on the command line, with absolute paths: Ray's working folder is another one."""
    found = {"data": str(config.data.resolve())}
    if config.source is not None:
        found["config"] = str(config.source.resolve())
    return found


async def _until_down(name: str) -> None:
    """Wait for a signal, or until the application is gone; then take it down."""
    from bot.cluster.deployment import runs, take_down

    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        on_signal(number, stopping.set)
    while not stopping.is_set() and await asyncio.to_thread(runs, name):
        try:
            async with asyncio.timeout(WATCH_SECONDS):
                await stopping.wait()
        except TimeoutError:
            continue
    print("Closing: replies are finished, then states are written ...", flush=True)
    await asyncio.to_thread(take_down, name, END_SECONDS)


def _status(options: argparse.Namespace) -> int:
    _prepare_ray(read_config(options).data, new=False)
    from bot.cluster.deployment import condition, listed
    from bot.cluster.local_ray import connected

    with connected(options.address or ADDRESS):
        status, message = condition(options.name)
        engines = listed(options.name)
    count = f"{len(engines)} engine{'' if len(engines) == 1 else 's'}"
    print(f"{options.name}: {status}, {count}" + (f" ({message})" if message else ""))
    for each in engines:
        rows = f"{each['rows_running']} of {each['rows_limit']} rows in use, {each['queue_length']} waiting"
        print(f"  {each['url']}: {rows}, process {each['process']} on {each['node']}")
    return 0 if status == "RUNNING" else 1


def _down(options: argparse.Namespace) -> int:
    _prepare_ray(read_config(options).data, new=False)
    from bot.cluster.deployment import condition, take_down
    from bot.cluster.local_ray import connected

    with connected(options.address or ADDRESS):
        condition(options.name)
        take_down(options.name, END_SECONDS)
    print(f"{options.name} is down; all states are written.")
    return 0
