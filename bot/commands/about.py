"""What the bot says about itself (help, status, about), and the user's language."""

import time

import psutil

from bot.chat.engine import Replicated, ReplicaView
from bot.chat.program_channels import PLATFORM as PROGRAMS
from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.commands.help_text import explain, overview, summaries
from bot.errors import InvalidOption, NotAllowed, NotFound, UserError
from bot.i18n import LANGUAGES, N_, match_language
from bot.policy.layers import set_user_setting
from bot.today import today

MEGABYTE = 1 << 20
MAX_PROGRAMS = 20  # API keys shown in the status


@command(
    "help",
    summary=N_("List the commands, or explain one."),
    family="service",
    reply="private",
    needs_conversation=False,
    options=(
        Option(
            name="command",
            default="",
            complete="commands",
            help=N_("a command to explain, or all"),
        ),
    ),
    examples=("+help", "+help ask", "+help all"),
)
async def show_help(context: Context, command: str) -> None:
    """Lists or explains commands, from their declarations. The tree does not change."""
    registry = context.services.registry
    if not command:
        text = overview(registry, context.language, admin=context.is_admin)
    elif command.casefold() == "all":
        text = summaries(registry, context.language, admin=context.is_admin)
    else:
        text = explain(registry.require(command.lstrip("+/＋") or command), context.language)
    await context.say(text, private=True)


@command(
    "about",
    summary=N_("What this bot is."),
    family="service",
    reply="private",
    needs_conversation=False,
    examples=("+about",),
)
async def about(context: Context) -> None:
    """Shows the name, the model and where the data goes. The tree does not change."""
    info = context.services.engine.info
    name = context.services.settings.name
    own = N_("This is Roost, running the model {model} (RWKV-{version}) on its owner's own machine.")
    named = N_("{name} runs on Roost with the model {model} (RWKV-{version}), on its owner's own machine.")
    first = own if name.casefold() == "roost" else named
    rest = N_(
        "What you write goes nowhere else. Every answer is kept in a tree of turns: `+undo`, `+tree` "
        "and `+save` move around in it. `+help` lists the commands."
    )
    about_model = context.t(first, name=name, model=info.name, version=info.version)
    await context.say(f"{about_model} {context.t(rest)}")


@command("status", summary=N_("The model, its load and speed, memory and uptime; connections and plugins."),
         family="service", reply="private", needs_conversation=False,
         examples=("+status",))  # fmt: skip
async def status(context: Context) -> None:
    """Shows a snapshot of the bot. The tree does not change."""
    services = context.services
    info, now = services.engine.info, services.engine.status()
    seconds = int(time.monotonic() - services.started)
    hours, minutes = divmod(seconds // 60, 60)
    lines = [
        context.t("Model: {name}, RWKV-{version}, {precision} on {device}", name=info.name, version=info.version,
                  precision=info.precision, device=info.device),
        context.t("Replies being written: {rows} of {limit}; waiting: {queue}", rows=now.rows_running,
                  limit=now.rows_limit, queue=now.queue_length),
        context.t("Speed: {speed} tokens/s while writing; since the start: {read} read, {written} written",
                  speed=f"{now.tokens_per_second:.0f}", read=now.tokens_read, written=now.tokens_written),
        context.t("Memory: {used} MB, {model} MB of it for the model; state of one conversation: {state} MB",
                  used=psutil.Process().memory_info().rss // MEGABYTE, model=info.weight_bytes // MEGABYTE,
                  state=f"{info.state_bytes / MEGABYTE:.1f}"),
        context.t("Running for {hours} h {minutes} min", hours=hours, minutes=minutes),
        *await _today(context),
        *_disk(context),
        *_engines(context),
        *_connections(context),
        *await _programs(context),
        *_plugins(context),
    ]  # fmt: skip
    await context.say("\n".join(lines))


async def _today(context: Context) -> list[str]:
    """Return the average waiting time today, over all channels."""
    usage = await context.services.core.store.usage.total(day=today())
    if not usage.turns:
        return []
    seconds = usage.seconds
    mean = {
        "waiting": seconds.queue / usage.turns, "reading": seconds.prefill / usage.turns,
        "writing": seconds.decode / usage.turns,
    }  # fmt: skip
    return [
        context.t("Turns today: {turns}; each on average {waiting} s waiting, {reading} s reading, {writing} s writing",
                  turns=usage.turns, **{name: f"{value:.1f}" for name, value in mean.items()}),
    ]  # fmt: skip


def _disk(context: Context) -> list[str]:
    """Return the reason why nothing can be stored, if there is one, for the owner."""
    try:
        context.services.core.store.check_disk_space()
    except UserError as trouble:
        return [context.t(trouble.message, **trouble.values)] if context.is_owner else []
    return []


def _engines(context: Context) -> list[str]:
    """Return the remote engines, if there are any, for the owner."""
    engine = context.services.engine
    if not isinstance(engine, Replicated) or not context.is_owner:
        return []
    return [_engine(context, each) for each in engine.replicas]


def _engine(context: Context, replica: ReplicaView) -> str:
    if replica.condition != "up" or replica.status is None:
        return context.t("Engine {url} is not used: {reason}", url=replica.url, reason=replica.reason)
    now = replica.status
    return context.t(
        "Engine {url}: {rows} of {limit} replies, {queue} waiting, {speed} tokens/s",
        url=replica.url, rows=now.rows_running, limit=now.rows_limit, queue=now.queue_length,
        speed=f"{now.tokens_per_second:.0f}",
    )  # fmt: skip


def _connections(context: Context) -> list[str]:
    """Return the platforms' connections, for the owner."""
    if not context.is_owner:
        return []
    return [f"{each.name}: {each.describe().in_language(context.language)}" for each in context.services.platforms]


async def _programs(context: Context) -> list[str]:
    """Return today's usage of each API key, for the owner."""
    if not context.is_owner:
        return []
    used = await context.services.core.store.usage.of_platform(PROGRAMS, today(), MAX_PROGRAMS)
    return [
        context.t("Key {name} today: {requests} requests, {read} tokens read, {written} written",
                  name=name, requests=each.turns, read=each.tokens_read, written=each.tokens_written)
        for name, each in used
    ]  # fmt: skip


def _plugins(context: Context) -> list[str]:
    lines = []
    for plugin in context.services.plugins.status.values():
        text = context.t("Plugin {name}: {state}", name=plugin.name, state=plugin.state)
        lines.append(f"{text} ({plugin.problem})" if plugin.problem and context.is_admin else text)
    return lines


@command(
    "language",
    summary=N_("Choose the language of the bot's own texts, for you or for this channel."),
    family="settings",
    reply="private",
    options=(
        Option(name="language", default="", complete="languages", help=N_("its name, or its code")),
        Option(name="scope", default="me", choices=("me", "channel"), help=N_("for you, or for this channel")),
    ),
    examples=("+language ja", "+language zh_CN channel"),
)
async def language(context: Context, language: str, scope: str) -> None:
    """Stores the language with the settings. The tree does not change."""
    if language:
        found = match_language(language)
        if found is None:
            raise InvalidOption("{name} must be {range}, not {value}.", name="language", range=", ".join(LANGUAGES),
                                value=language[:40])  # fmt: skip
        if scope == "channel":
            if context.origin.is_group and not context.is_admin:
                raise NotAllowed("In a group, only administrators can change the channel's settings.")
            await context.conversation.channel.set_setting("language", found)
        else:
            await set_user_setting(context.services.core.store.values, context.origin, "language", found)
        context.language = found
    await context.say(context.t("The language is {name}.", name=LANGUAGES[context.language]))


@command(
    "model",
    summary=N_("Show the model and the others available; an owner can switch to another one."),
    family="service",
    reply="private",
    needs_conversation=False,
    options=(Option(name="name", default="", rest=True, complete="models", help=N_("the model to switch to")),),
    examples=("+model", "+model rwkv7-g1-1.5b"),
)
async def model(context: Context, name: str) -> None:
    """Switches the model. Turns stay; states are rebuilt by reading the turns again."""
    services = context.services
    info, switcher = services.engine.info, services.models
    if not name:
        lines = [context.t("Model: {name}, RWKV-{version}, {precision} on {device}", name=info.name,
                           version=info.version, precision=info.precision, device=info.device)]  # fmt: skip
        lines += [f"{'▶' if other == info.name else '·'} `{other}`" for other in (switcher.names() if switcher else ())]
        await context.say("\n".join(lines))
        return
    context.require_owner()
    if switcher is None:
        raise NotFound("This bot cannot switch models while it runs. Set [model] path and restart it.")
    await context.say(context.t("Switching to {name}; this may take a moment.", name=name))
    await switcher.switch(name)
    await context.say(context.t("{name} is now running. Conversations continue; each is re-read when next used.",
                                name=services.engine.info.name))  # fmt: skip
