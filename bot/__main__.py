"""The command line: `roost run`, `roost chat` and the tools. Each group of commands is a module of bot/cli."""

import argparse
import errno
import importlib
import logging
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType

import bot.cli
from bot.cli.options import add_config_options
from bot.cli.standard_streams import discard_output, flushed, output_failed, prepare
from bot.errors import UserError

FIRST = ("run", "chat", "model", "doctor", "config", "db")  # first in the help, in this order; the others by name


def build_parser() -> argparse.ArgumentParser:
    """Build the parser. Each module adds its own part, with the function that implements it."""
    parser = argparse.ArgumentParser(
        prog="roost",
        description="A chat bot for Discord, QQ and the web that runs on your own RWKV model.",
        epilog="Start with: roost run",
    )
    parser.add_argument("--version", action="version", version=f"roost {version()}")
    add_config_options(parser, shared=True)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in families():
        module.add_parser(subparsers)
    return parser


def families() -> list[ModuleType]:
    """Return the modules of bot/cli that add a command."""
    names = [info.name for info in pkgutil.iter_modules(bot.cli.__path__)]
    names.sort(key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
    modules = [importlib.import_module(f"bot.cli.{name}") for name in names]
    return [module for module in modules if hasattr(module, "add_parser")]


def version() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("roost")
    except PackageNotFoundError:
        return "unknown (not installed)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Return the exit code: 0 success, 1 failure, 2 wrong usage, 130 interrupted."""
    prepare()
    parser = build_parser()
    if not (sys.argv[1:] if arguments is None else arguments):
        parser.print_help(sys.stderr)
        return 2
    options = parser.parse_args(arguments)
    try:
        return flushed(int(options.func(options) or 0))
    except UserError as error:
        print(f"roost: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `roost ... | head`
        discard_output()
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC or error.filename is not None:  # not an error of standard output
            raise
        return output_failed(error)
    finally:
        logging.shutdown()


if __name__ == "__main__":
    sys.exit(main())
