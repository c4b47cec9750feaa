"""`roost db`: upgrade, backup, check."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from bot.cli.options import add_config_options


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("db", help="maintain the database: upgrade, backup, check")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    upgrade = actions.add_parser("upgrade", help="bring the database to this version (`roost run` does it by itself)")
    backup = actions.add_parser("backup", help="copy the database, also while Roost is running")
    backup.add_argument("file", metavar="FILE", type=Path, help="the copy; must not exist yet")
    check = actions.add_parser("check", help="check for damage")
    for action, work in ((upgrade, _upgrade), (backup, _backup), (check, _check)):
        add_config_options(action)
        action.set_defaults(func=lambda options, work=work: asyncio.run(work(options)))


async def _upgrade(options: argparse.Namespace) -> int:
    from bot.cli.options import read_config
    from bot.store.connection import database_url
    from bot.store.migrating import current_revision, opened

    config = read_config(options)
    url = database_url(config.store.url.get_secret_value(), config.data)
    async with opened(url, upgrade=False) as engine:
        before = await current_revision(engine)
    async with opened(url) as engine:
        after = await current_revision(engine)
    where = url.render_as_string(hide_password=True)
    print(f"{where} is at {after}" + ("" if before == after else f" (was {before or 'blank'})"))
    return 0


async def _backup(options: argparse.Namespace) -> int:
    from bot.cli.options import read_config
    from bot.errors import ConfigError, NotFound
    from bot.store.backup import backup
    from bot.store.connection import database_url, sqlite_path

    config = read_config(options)
    url = database_url(config.store.url.get_secret_value(), config.data)
    path = sqlite_path(url)
    if path is not None and not path.is_file():
        raise NotFound("There is no database yet: {path} is made by the first `roost run`.", path=path)
    if options.file.exists():
        raise ConfigError("{file} exists already; a backup never overwrites.", file=options.file)
    size = await backup(url, options.file)
    print(f"{options.file}: {size / 1e6:.1f} MB")
    return 0


async def _check(options: argparse.Namespace) -> int:
    from bot.cli.options import read_config
    from bot.errors import NotFound
    from bot.store.connection import database_url, sqlite_path
    from bot.store.integrity import check
    from bot.store.migrating import opened
    from bot.store.states import opened_states
    from bot.store.store import Store

    config = read_config(options)
    url = database_url(config.store.url.get_secret_value(), config.data)
    path = sqlite_path(url)
    if path is not None and not path.is_file():
        raise NotFound("There is no database yet: {path} is made by the first `roost run`.", path=path)
    async with opened(url, upgrade=False) as engine:
        problems = await check(engine)
        async with opened_states(engine) as table:
            if damage := await table.damage():
                problems.append(damage)
            for problem in problems:
                print(problem)
            if not problems:
                store = Store(engine, table)
                channels, turns, states = await store.channels.all(), await store.nodes.count(), await table.nbytes()
                print(f"ok: {len(channels)} channels, {turns} turns, {states / 1e6:.1f} MB of states")
    return 1 if problems else 0
