"""`roost key`: manages the keys of the HTTP API."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bot.cli.options import add_config_options

if TYPE_CHECKING:
    from bot.store.store import Store


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("key", help="keys with which programs use the HTTP API: add, list, revoke")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="make a key and print it, once")
    add.add_argument("name", metavar="NAME", help="what it is called in lists and logs")
    add.add_argument("--per-minute", metavar="N", type=_count, default=0, help="answers a minute (default: no limit)")
    add.add_argument(
        "--tokens-per-day", metavar="N", type=_count, default=0, help="read and written (default: no limit)"
    )
    add.add_argument("--models", metavar="NAME,NAME", default="", help="only these, as /v1/models lists them")
    listing = actions.add_parser("list", help="show the keys and what was used today")
    revoke = actions.add_parser("revoke", help="let a key open nothing any more")
    revoke.add_argument("name", metavar="NAME")
    for action, work in ((add, _add), (listing, _list), (revoke, _revoke)):
        add_config_options(action)
        action.set_defaults(func=lambda options, work=work: asyncio.run(work(options)))


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number, 0 or more")
    return int(text)


@asynccontextmanager
async def _store(options: argparse.Namespace) -> AsyncIterator["Store"]:
    from bot.cli.options import read_config
    from bot.store.store import open_store

    config = read_config(options, level="warning")
    async with open_store(config.store.url.get_secret_value(), config.data, brief=True) as store:
        yield store


async def _add(options: argparse.Namespace) -> int:
    from bot.chat.api_keys import ApiKeys

    models = tuple(name.strip() for name in options.models.split(",") if name.strip())
    async with _store(options) as store:
        secret = await ApiKeys(store.values).add(
            options.name, per_minute=options.per_minute, tokens_per_day=options.tokens_per_day, models=models
        )
    print(secret)
    return 0


async def _list(options: argparse.Namespace) -> int:
    from bot.chat.api_keys import ApiKeys
    from bot.today import today

    async with _store(options) as store:
        keys = await ApiKeys(store.values).all()
        if not keys:
            print("There are no keys. `roost key add NAME` makes one.")
        for key in keys:
            spent = await store.usage.total(day=today(), user=f"api:{key.name}")
            limits = [f"{key.per_minute} a minute"] if key.per_minute else []
            limits += [f"{key.tokens_per_day} tokens a day"] if key.tokens_per_day else []
            limits += [f"models {', '.join(key.models)}"] if key.models else []
            used = f"today {spent.turns} requests, {spent.tokens_read} tokens read, {spent.tokens_written} written"
            print(f"{key.name}: since {key.created}; {'; '.join(limits) or 'no limits'}; {used}")
    return 0


async def _revoke(options: argparse.Namespace) -> int:
    from bot.chat.api_keys import ApiKeys

    async with _store(options) as store:
        await ApiKeys(store.values).revoke(options.name)
    print(f"The key {options.name} is revoked.")
    return 0
