"""`roost doctor`: checks everything that the bot needs, and says how to fix what is wrong."""

import argparse
import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from bot.cli.model_checks import check_model, check_prompts
from bot.cli.operation_checks import check_operations
from bot.cli.options import add_config_options
from bot.cli.platform_checks import (
    check_bridges,
    check_discord,
    check_discord_account,
    check_qq_account,
    check_web,
)
from bot.findings import Finding, Mark
from bot.i18n import DEFAULT, N_, Message, translate

if TYPE_CHECKING:
    from bot.config.schema import Config
    from bot.errors import UserError

SIGNS: dict[Mark, str] = {"ok": "ok  ", "note": "--  ", "bad": "!!  "}
DATA, DATABASE, STATES, ENGINE = N_("data folder"), N_("database"), N_("states"), N_("engine")
LATER = N_("{path} (made by the first `roost run`)")


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("doctor", help="check configuration, database, model, engines, memory and tokens")
    add_config_options(parser)
    parser.set_defaults(func=lambda options: asyncio.run(_doctor(options)))


async def _doctor(options: argparse.Namespace) -> int:
    from bot.cli.options import read_config
    from bot.errors import ConfigError
    from bot.platforms.console.terminal_language import terminal_language

    try:
        config = read_config(options, level="error")
    except ConfigError as error:
        _show(_problem(error).about(N_("configuration")), terminal_language(os.environ) or DEFAULT)
        return 1
    language = terminal_language(os.environ) or config.bot.language
    bad = 0
    async for finding in findings(config):
        _show(finding, language)
        bad += finding.mark == "bad"
    found = N_("1 problem found.") if bad == 1 else N_("{count} problems found.")
    print(translate(found if bad else N_("All is well."), language, count=bad))
    return 1 if bad else 0


def _show(finding: Finding, language: str) -> None:
    print(SIGNS[finding.mark] + finding.text.in_language(language), flush=True)


async def findings(config: "Config") -> AsyncIterator[Finding]:
    """Yield the results of all checks in turn. A check that raises yields a finding as well."""
    source = config.source or Message("the bot.toml that came with Roost")
    yield Finding("ok", Message("{text}", text=source)).about(N_("configuration"))
    yield await _guard(DATA, lambda: check_data(config))
    yield await check_database(config)
    if config.store.state_url:
        yield await check_state_storage(config)
    async for finding in check_engines(config):
        yield finding
    own = [] if config.engine.remote else [(N_("model"), check_model)]
    for name, check in (*own, (N_("prompts"), check_prompts)):
        for finding in await asyncio.to_thread(_guarded, name, check, config):
            yield finding
    yield await _guard("web", lambda: check_web(config))
    yield (found := await _guard("discord", lambda: check_discord(config)))
    if found.mark == "ok":
        async for finding in check_discord_account(config):
            yield finding
    operations = (N_("operation"), lambda each: [*check_operations(each)])
    for finding in await asyncio.to_thread(_guarded, *operations, config):
        yield finding
    for check_platform in (check_bridges, check_qq_account):
        async for finding in check_platform(config):
            yield finding


async def _guard(name: str, check: Callable[[], Finding]) -> Finding:
    return _guarded(name, lambda _: [check()], None)[0]


def _guarded(name: str, check: Callable[[Any], list[Finding]], config: Any) -> list[Finding]:
    from bot.errors import UserError

    try:
        return check(config)
    except UserError as error:
        return [_problem(error).about(name)]
    except Exception as error:
        text = Message("the check failed ({error})", error=f"{type(error).__name__}: {error}")
        return [Finding("bad", text).about(name)]


def _problem(error: "UserError") -> Finding:
    return Finding("bad", Message("{text}", text=error))


def check_data(config: "Config") -> Finding:
    """Check that the data folder exists or can be created, and is writable."""
    folder = config.data
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        closed = N_("{folder} cannot be written. Change [bot] data, or its permissions")
        return Finding("bad", Message(closed, folder=folder)).about(DATA)
    free = shutil.disk_usage(nearest).free >> 20
    wanted = config.store.state_budget_mb
    if free < wanted + 100:
        short = N_("{folder} has {free} MB free; [store] state_budget_mb is {wanted}")
        return Finding("note", Message(short, folder=folder, free=free, wanted=wanted)).about(DATA)
    return Finding("ok", Message("{text}" if folder.exists() else LATER, text=folder, path=folder)).about(DATA)


async def check_database(config: "Config") -> Finding:
    """Check that the database opens, has the current schema, and is not damaged."""
    from bot.errors import UserError
    from bot.store.connection import database_url, sqlite_path
    from bot.store.integrity import check
    from bot.store.migrating import opened

    try:
        url = database_url(config.store.url.get_secret_value(), config.data)
        path = sqlite_path(url)
        if path is not None and not path.exists():
            return Finding("ok", Message(LATER, path=path)).about(DATABASE)
        async with opened(url, upgrade=False) as engine:
            problems = await check(engine)
    except UserError as error:
        return _problem(error).about(DATABASE)
    where = path or url.render_as_string(hide_password=True)
    if problems:
        return Finding("bad", Message("{part}: {text}", part=where, text="; ".join(problems))).about(DATABASE)
    return Finding("ok", Message("{path}, whole and up to date", path=where)).about(DATABASE)


async def check_state_storage(config: "Config") -> Finding:
    """Check that ``[store] state_url`` can be read with the credentials in the environment."""
    from bot.errors import UserError

    where = config.store.state_url
    try:
        from bot.store.object_states import fault_of

        fault = await fault_of(where, config.store.state_endpoint)
    except ModuleNotFoundError as error:
        missing = N_("{package} is not installed: pip install {packages}")
        return Finding("bad", Message(missing, package=error.name, packages="'roost[s3]'")).about(STATES)
    except UserError as error:
        return _problem(error).about(STATES)
    if fault:
        advice = N_("{url}: {problem}. Check [store] state_endpoint and the AWS_ variables")
        return Finding("bad", Message(advice, url=where, problem=fault)).about(STATES)
    return Finding("ok", Message("{url} answers", url=where)).about(STATES)


async def check_engines(config: "Config") -> AsyncIterator[Finding]:
    """Check that each of ``[engine] urls`` and of the cluster responds and runs the same model as the first."""
    from bot.app import connect_engine
    from bot.errors import UserError

    if not config.engine.remote:
        return
    try:
        engine = connect_engine(config.model_copy(update={"engine": config.engine.model_copy(update={"start_s": 0.0})}))
    except UserError as error:
        yield _problem(error).about(ENGINE)
        return
    model = ""
    try:
        await engine.start()
        model = f"{engine.info.name}, RWKV-{engine.info.version}, {engine.info.precision}, {engine.info.device}"
    except UserError as error:
        if not engine.replicas:  # otherwise each reports its own reason below
            yield _problem(error).about(ENGINE)
    finally:
        await engine.close()
    for each in engine.replicas:
        text = Message("{url}: {problem}", url=each.url, problem=each.reason)
        if each.condition == "up":
            text = Message("{url} answers and runs {model}", url=each.url, model=model)
        yield Finding("ok" if each.condition == "up" else "bad", text).about(ENGINE)
