"""`roost plugin`: lists, enables and disables plugins, and creates new ones."""

import argparse
import sys
from pathlib import Path
from typing import Any

from bot.cli.options import add_config_options


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("plugin", help="list, enable and disable plugins, start a new one")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the plugins that are here, and whether they load")
    listing.set_defaults(func=_list)
    add_config_options(listing)
    for action, work, text in (("enable", _enable, "load it again"), ("disable", _disable, "stop loading it")):
        switch = actions.add_parser(action, help=f"{text} (from the next start on)")
        switch.add_argument("name", metavar="NAME")
        switch.set_defaults(func=work)
        add_config_options(switch)
    new = actions.add_parser("new", help="write a working, tested skeleton")
    new.add_argument("name", metavar="NAME", help="small letters, digits and _")
    new.add_argument("--folder", metavar="DIR", type=Path, help="where to (default: the plugins' folder)")
    new.set_defaults(func=_new)
    add_config_options(new)


def _list(options: argparse.Namespace) -> int:
    from bot.cli.options import read_config
    from bot.plugins.discovery import all_disabled, find_plugins, load_module

    config = read_config(options)
    off = all_disabled(config.plugins.disabled, config.data)
    folder = _folder(config)
    found = find_plugins(folder)
    failed = 0
    for plugin in found:
        state = "off" if plugin.name in off else "on"
        if state == "on":
            try:
                load_module(plugin)
            except (Exception, SystemExit) as error:
                failed += 1
                state = f"fails: {type(error).__name__}: {error}"
        print(f"{plugin.name:<20} {state:<6} {plugin.source}")
    if not found:
        print(f"No plugins: neither installed nor in {folder}. `roost plugin new NAME` writes a new one.")
    return 1 if failed else 0


def _enable(options: argparse.Namespace) -> int:
    return _switch(options, on=True)


def _disable(options: argparse.Namespace) -> int:
    return _switch(options, on=False)


def _switch(options: argparse.Namespace, *, on: bool) -> int:
    from bot.cli.options import read_config
    from bot.errors import NotFound
    from bot.plugins.discovery import PluginSwitches, find_plugins

    config = read_config(options)
    names = [plugin.name for plugin in find_plugins(_folder(config))]
    if options.name not in names:
        message = "There is no plugin {name}. Installed: {known}"
        raise NotFound(message, name=options.name, known=", ".join(names) or "none")
    PluginSwitches(config.data, config.plugins.disabled).switch(options.name, on=on)
    print(f"{options.name} is {'on' if on else 'off'} from the next start on.")
    return 0


def _new(options: argparse.Namespace) -> int:
    from bot.cli.options import read_config
    from bot.plugins.skeleton import write_skeleton

    folder = write_skeleton(options.folder or _folder(read_config(options)), options.name)
    print(f"{folder} is written. Next:\n  {folder / (options.name + '.py')}   the plugin: change it")
    print(f"  {sys.executable} {folder / f'test_{options.name}.py'}   its test")
    print(f"  roost run   loads it from the plugins' folder; then +{options.name} greets")
    return 0


def _folder(config: Any) -> Path:
    from bot.paths import find_file

    return find_file(config.plugins.folder, config.base)
