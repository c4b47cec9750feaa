"""`roost doctor`: checks everything that the bot needs, and says how to fix what is wrong."""

import argparse
import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from bot.cli.operation_checks import check_operations
from bot.cli.options import add_config_options
from bot.findings import Finding, Mark

if TYPE_CHECKING:
    from bot.config.schema import Config
    from bot.engine.files.weights import ModelFile
    from bot.engine.settings import EngineSettings

SIGNS: dict[Mark, str] = {"ok": "ok  ", "note": "--  ", "bad": "!!  "}


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("doctor", help="check configuration, database, model, engines, memory and tokens")
    add_config_options(parser)
    parser.set_defaults(func=lambda options: asyncio.run(_doctor(options)))


async def _doctor(options: argparse.Namespace) -> int:
    from bot.cli.options import read_config
    from bot.errors import ConfigError

    try:
        config = read_config(options, level="error")
    except ConfigError as error:
        print(f"{SIGNS['bad']}configuration: {error}")
        return 1
    bad = 0
    async for finding in findings(config):
        print(SIGNS[finding.mark] + finding.text, flush=True)
        bad += finding.mark == "bad"
    print("All is well." if not bad else f"{bad} problem{'s' if bad > 1 else ''} found.")
    return 1 if bad else 0


async def findings(config: "Config") -> AsyncIterator[Finding]:
    """Yield the results of all checks in turn. A check that raises yields a finding as well."""
    yield Finding("ok", f"configuration: {config.source or 'the bot.toml that came with Roost'}")
    yield await _guard("data folder", lambda: check_data(config))
    yield await check_database(config)
    if config.store.state_url:
        yield await check_state_storage(config)
    async for finding in check_engines(config):
        yield finding
    own = [] if config.engine.remote else [("model", check_model)]
    for name, check in (*own, ("prompts", check_prompts)):
        for finding in await asyncio.to_thread(_guarded, name, check, config):
            yield finding
    yield await _guard("web", lambda: check_web(config))
    yield (found := await _guard("discord", lambda: check_discord(config)))
    if found.mark == "ok":
        async for finding in check_discord_account(config):
            yield finding
    for finding in await asyncio.to_thread(_guarded, "operation", lambda each: [*check_operations(each)], config):
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
        return [Finding("bad", f"{name}: {error}")]
    except Exception as error:
        return [Finding("bad", f"{name}: the check failed ({type(error).__name__}: {error})")]


def check_data(config: "Config") -> Finding:
    """Check that the data folder exists or can be created, and is writable."""
    folder = config.data
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        return Finding("bad", f"data folder: {folder} cannot be written. Change [bot] data, or its permissions")
    free = shutil.disk_usage(nearest).free
    if free < (config.store.state_budget_mb + 100) << 20:
        wanted = config.store.state_budget_mb
        return Finding("note", f"data folder: {folder} has {free >> 20} MB free; [store] state_budget_mb is {wanted}")
    return Finding("ok", f"data folder: {folder}" + ("" if folder.exists() else " (made by the first `roost run`)"))


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
            return Finding("ok", f"database: {path} (made by the first `roost run`)")
        async with opened(url, upgrade=False) as engine:
            problems = await check(engine)
    except UserError as error:
        return Finding("bad", f"database: {error}")
    where = path or url.render_as_string(hide_password=True)
    if problems:
        return Finding("bad", f"database: {where}: {'; '.join(problems)}")
    return Finding("ok", f"database: {where}, whole and up to date")


async def check_state_storage(config: "Config") -> Finding:
    """Check that ``[store] state_url`` can be read with the credentials in the environment."""
    from bot.errors import UserError

    where = config.store.state_url
    try:
        from bot.store.object_states import fault_of

        fault = await fault_of(where, config.store.state_endpoint)
    except ModuleNotFoundError as error:
        return Finding("bad", f"states: {error.name} is not installed: pip install 'roost[s3]'")
    except UserError as error:
        return Finding("bad", f"states: {error}")
    if fault:
        return Finding("bad", f"states: {where}: {fault}. Check [store] state_endpoint and the AWS_ variables")
    return Finding("ok", f"states: {where} answers")


async def check_engines(config: "Config") -> AsyncIterator[Finding]:
    """Check that each of ``[engine] urls`` and of the cluster responds and runs the same model as the first."""
    from bot.app import connect_engine
    from bot.errors import UserError

    if not config.engine.remote:
        return
    try:
        engine = connect_engine(config.model_copy(update={"engine": config.engine.model_copy(update={"start_s": 0.0})}))
    except UserError as error:
        yield Finding("bad", f"engine: {error}")
        return
    model = ""
    try:
        await engine.start()
        model = f"{engine.info.name}, RWKV-{engine.info.version}, {engine.info.precision} on {engine.info.device}"
    except UserError as error:
        if not engine.replicas:  # otherwise each reports its own reason below
            yield Finding("bad", f"engine: {error}")
    finally:
        await engine.close()
    for each in engine.replicas:
        if each.condition == "up":
            yield Finding("ok", f"engine: {each.url} answers and runs {model}")
        else:
            yield Finding("bad", f"engine: {each.url}: {each.reason}")


def check_model(config: "Config") -> list[Finding]:
    """Check that the file is a supported model, that its tokenizer fits, and that there is enough memory."""
    from bot.app import engine_settings
    from bot.engine.files.weights import open_model
    from bot.engine.text.tokenizer import choose_tokenizer

    settings = engine_settings(config)
    file = open_model(settings.model)
    spec = file.spec
    found = [
        Finding(
            "ok",
            f"model: {settings.model}, RWKV-{spec.version}, {spec.layers} layers of {spec.width}, {settings.strategy}",
        )
    ]
    coder = choose_tokenizer(settings.model, spec.vocab_size, settings.tokenizer)
    found.append(Finding("ok", f"tokenizer: {coder.vocab_size} tokens, the model has {spec.vocab_size}"))
    found.append(_memory(file, settings))
    return found


def _memory(file: "ModelFile", settings: "EngineSettings") -> Finding:
    """Check that weights and states fit on the strategy's device."""
    from bot.engine.files.memory import estimate, free_memory, gigabytes
    from bot.engine.models.strategy import parse_strategy

    plan = parse_strategy(settings.strategy)
    if plan.layered:
        return Finding("note", f"memory: {settings.strategy} spreads the model over several devices; not looked at")
    place = plan.placement(settings.state_precision)
    need = estimate(file.spec, place, rows=settings.rows, stored=file.tensors["emb.weight"].itemsize)
    free = free_memory(place.device)
    states = gigabytes(need.states)
    text = (
        f"memory: the model needs about {gigabytes(need.total)} on {place.device} "
        f"({gigabytes(need.weights)} for weights, {states} for the states of {need.rows} rows), "
        f"{gigabytes(free)} are free"
    )
    if need.total <= free:
        return Finding("ok", text)
    return Finding("bad", f'{text}. Choose a smaller model, fewer [engine] rows, or [model] strategy = "cpu int8"')


def check_prompts(config: "Config") -> list[Finding]:
    """Check that every prompt file can be read and that the default prompt exists."""
    from bot.app import make_prompts

    prompts = make_prompts(config)
    found = [Finding("bad", f"prompts: {line}") for line in prompts.check()]
    if config.chat.prompt not in prompts.names():
        names = ", ".join(prompts.names())
        found.append(Finding("bad", f'prompts: [chat] prompt is "{config.chat.prompt}"; there are: {names}'))
    return found or [Finding("ok", f"prompts: {len(prompts.names())}, new channels start with {config.chat.prompt}")]


def check_web(config: "Config") -> Finding:
    """Check that the port is free, and that a public page has a token."""
    web = config.web
    if not web.enabled:
        return Finding("note", "web: switched off ([web] enabled)")
    if web.host not in ("127.0.0.1", "::1", "localhost") and not web.token.get_secret_value():
        return Finding("bad", f"web: {web.host} is open to others and [web] token is empty: set ROOST_WEB_TOKEN")
    if not web.port:
        return Finding("ok", f"web: any free port of {web.host}")
    with socket.socket(socket.AF_INET6 if ":" in web.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((web.host, web.port))
        except OSError as error:
            advice = "is Roost running already? Otherwise choose another [web] port"
            return Finding("note", f"web: {web.host}:{web.port} cannot be bound ({error.strerror}): {advice}")
    return Finding("ok", f"web: http://{web.host}:{web.port}/ is free")


def check_discord(config: "Config") -> Finding:
    """Check that the token has the form of a bot token."""
    token = config.discord.token.get_secret_value()
    if not config.discord.enabled:
        return Finding("note", "discord: switched off ([discord] enabled)")
    if not token:
        return Finding("note", "discord: not connected. Set DISCORD_TOKEN to the bot's token (docs/discord.md)")
    if token.count(".") != 2 or any(char.isspace() for char in token):
        return Finding("bad", "discord: the token does not look like a bot's (three parts with dots, no spaces)")
    return Finding("ok", "discord: there is a token")


async def check_discord_account(config: "Config") -> AsyncIterator[Finding]:
    """Ask Discord about the token and the settings in the developer portal."""
    try:
        from bot.platforms.discord.setup import check_account
    except ImportError:
        yield Finding("bad", "discord: discord.py is not installed: pip install 'roost[discord]'")
        return
    for found in await check_account(config.discord):
        yield Finding(found.mark, f"discord: {found.text}")


async def check_qq_account(config: "Config") -> AsyncIterator[Finding]:
    """Ask QQ about the credentials."""
    if not config.qq.enabled or not config.qq.app_id or not config.qq.secret.get_secret_value():
        yield Finding("note", "qq: not connected. Set [qq] app_id and ROOST_QQ_SECRET, or use a bridge (`roost qq`)")
        return
    try:
        from bot.platforms.qq.qq_setup import check_credentials
    except ImportError:
        yield Finding("bad", "qq: aiohttp is not installed: pip install 'roost[qq]'")
        return
    for found in await check_credentials(config.qq):
        yield Finding(found.mark, f"qq: {found.text}")


async def check_bridges(config: "Config") -> AsyncIterator[Finding]:
    """Check whether a OneBot bridge is reachable, and what it supports."""
    if not config.onebot.enabled:
        yield Finding("note", "onebot: switched off ([onebot] enabled; `roost qq` says how to connect QQ)")
        return
    try:
        from bot.platforms.onebot.onebot_setup import check_bridge
    except ImportError:
        yield Finding("bad", "onebot: websockets is not installed: pip install 'roost[qq]'")
        return
    async for found in check_bridge(config.onebot):
        yield Finding(found.mark, f"onebot: {found.text}")
