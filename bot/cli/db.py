"""`roost db`: upgrade, backup, restore, check, prune, vacuum."""

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.options import add_config_options

if TYPE_CHECKING:
    from bot.config.schema import Config
    from bot.store.connection import URL

MEGABYTE = 1 << 20


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("db", help="maintain the database: backup, restore, check, prune, vacuum, upgrade")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    backup = actions.add_parser("backup", help="copy the database, also while Roost is running")
    backup.add_argument("file", metavar="FILE", type=Path, help="the copy; must not exist yet")
    backup.add_argument("--states", action="store_true", help="with the model's states, which are only a cache")
    restore = actions.add_parser("restore", help="put a backup in the database's place, while Roost is not running")
    restore.add_argument("file", metavar="FILE", type=Path, help="a copy by `roost db backup`")
    restore.add_argument("--force", action="store_true", help="also over a database in use, which is kept aside")
    check = actions.add_parser("check", help="check for damage")
    prune = actions.add_parser("prune", help="delete what is older or larger than the configuration says")
    prune.add_argument("--states", action="store_true", help="all states of the model, whatever their size")
    vacuum = actions.add_parser("vacuum", help="give the disk back what deleted rows have left")
    upgrade = actions.add_parser("upgrade", help="bring the database to this version (`roost run` does it by itself)")
    works = (
        (backup, _backup), (restore, _restore), (check, _check), (prune, _prune), (vacuum, _vacuum),
        (upgrade, _upgrade),
    )  # fmt: skip
    for action, work in works:
        add_config_options(action)
        action.set_defaults(func=lambda options, work=work: asyncio.run(work(options)))


def _configured(options: argparse.Namespace, *, must_exist: bool = True) -> "tuple[Config, URL]":
    """Return the configuration and the database URL. Raises NotFound if the database does not exist yet."""
    from bot.cli.options import read_config
    from bot.errors import NotFound
    from bot.store.connection import database_url, sqlite_path

    config = read_config(options)
    url = database_url(config.store.url.get_secret_value(), config.data)
    path = sqlite_path(url)
    if must_exist and path is not None and not path.is_file():
        raise NotFound("There is no database yet: {path} is made by the first `roost run`.", path=path)
    return config, url


async def _upgrade(options: argparse.Namespace) -> int:
    from bot.store.connection import sqlite_path
    from bot.store.migrating import opened
    from bot.store.revisions import current_revision

    _, url = _configured(options, must_exist=False)
    async with opened(url, upgrade=False) as engine:
        before = await current_revision(engine)
    async with opened(url) as engine:
        after = await current_revision(engine)
    where = sqlite_path(url) or url.render_as_string(hide_password=True)
    print(f"{where} is at {after}" + ("" if before == after else f" (was {before or 'blank'})"))
    return 0


async def _backup(options: argparse.Namespace) -> int:
    from bot.errors import ConfigError
    from bot.store.backup import backup

    _, url = _configured(options)
    if options.file.exists():
        raise ConfigError("{file} exists already; a backup never overwrites.", file=options.file)
    size = await backup(url, options.file, states=options.states)
    print(f"{options.file}: {size / 1e6:.1f} MB")
    return 0


async def _restore(options: argparse.Namespace) -> int:
    from bot.store.restore import restore

    config, url = _configured(options, must_exist=False)
    kept = await restore(url, options.file, force=options.force, aside=config.data)
    if kept is not None:
        print(f"The old database is kept as {kept}")
    return await _check(options)


async def _check(options: argparse.Namespace) -> int:
    from bot.store.integrity import check
    from bot.store.migrating import opened
    from bot.store.states import opened_states
    from bot.store.store import Store

    _, url = _configured(options)
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
                counts = f"{_counted(len(channels), 'channel')}, {_counted(turns, 'turn')}"
                print(f"ok: {counts}, {states / 1e6:.1f} MB of states")
    return 1 if problems else 0


async def _prune(options: argparse.Namespace) -> int:
    from bot.store.pruning import prune

    config, url = _configured(options)
    done = await prune(
        url, states=0 if options.states else config.store.state_budget_mb * MEGABYTE,
        keep_turns=config.store.keep_turns, days=config.privacy.keep_days,
    )  # fmt: skip
    print(f"deleted: {_counted(done.states, 'state')}, and expired words in {_counted(done.channels, 'channel')}")
    return 0


async def _vacuum(options: argparse.Namespace) -> int:
    from bot.store.vacuum import vacuum

    _, url = _configured(options)
    freed = await vacuum(url)
    print("done" if freed is None else f"{max(freed, 0) / 1e6:.1f} MB freed")
    return 0


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
