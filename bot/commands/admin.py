"""Commands for administrators: limits, access rules, announcements.

Changes by a server's administrator apply to that server; changes by the owner in private apply everywhere.
"""

import logging
from typing import Literal

from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.errors import InvalidOption
from bot.i18n import N_, plural
from bot.policy.access import Kind, Rule, place_of
from bot.policy.limits import LIMIT_NAMES
from bot.policy.scopes import EVERYWHERE, TALK, channel_key

log = logging.getLogger(__name__)

MAX_LIMIT = 1_000_000
KINDS: tuple[Kind, ...] = ("user", "channel", "role")
KIND = Option(name="kind", default="", choices=KINDS, help=N_("user, channel or role; leave it out to list the rules"))
WHO = Option(name="id", default="", help=N_("its id on the platform"))
TALKING = Option(name="talk", choices=("on", "off"), required=True, help=N_("on: every message; off: when spoken to"))
REMOVE = Option(name="remove", kind="bool", default=False, help=N_("remove the rule"))


@command(
    "limit",
    summary=N_("Show or change how many messages are allowed per minute and per day."),
    family="admin",
    reply="private",
    needs_conversation=False,
    options=(
        Option(name="name", default="", choices=LIMIT_NAMES, help=N_("which limit")),
        Option(name="value", default="", help=N_("number of messages; 0: no limit of its own; default: as configured")),
    ),
    permission="admin",
    examples=("+limit", "+limit user_per_minute 10", "+limit channel_per_day default"),
)
async def limit(context: Context, name: str, value: str) -> None:
    """Shows or changes the limits. In a server they can only be tightened."""
    services = context.services
    if name and value:
        place = place_of(context.origin)
        if place == EVERYWHERE:
            context.require_owner()
        await services.limits.change(place, name, None if value.casefold() == "default" else _count(value))
    elif name or value:
        raise InvalidOption("Give a limit and a value, like this: {example}", example="+limit user_per_minute 10")
    limits = await services.limits.limits(context.origin)
    lines = [f"{key}: {getattr(limits, key) or '–'}" for key in LIMIT_NAMES]
    await context.say("```\n" + "\n".join(lines) + "\n```", private=True)


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 7 or int(value) > MAX_LIMIT:
        message = "{name} must be {range}, not {value}."
        raise InvalidOption(message, name="value", range=f"0 – {MAX_LIMIT}", value=value[:40])
    return int(value)


@command("allow", summary=N_("Answer only allowed people, roles and channels; or list the rules."),
         family="admin", reply="private", needs_conversation=False, options=(KIND, WHO, REMOVE), permission="admin",
         examples=("+allow", "+allow role 123", "+allow user 456 on"))  # fmt: skip
async def allow(context: Context, kind: Kind | Literal[""], id: str, remove: bool) -> None:  # name of the option
    """Adds to the allow list, or removes. Once the list has an entry, everyone else is refused."""
    await _change(context, kind, id, None if remove else "allow")


@command("block", summary=N_("Stop answering a person, a role or a channel; or list the rules."),
         family="admin", reply="private", needs_conversation=False, options=(KIND, WHO, REMOVE), permission="admin",
         examples=("+block", "+block user 123", "+block user 123 on"))  # fmt: skip
async def block(context: Context, kind: Kind | Literal[""], id: str, remove: bool) -> None:  # name of the option
    """Adds to the block list, or removes. Administrators are answered nevertheless."""
    await _change(context, kind, id, None if remove else "block")


async def _change(context: Context, kind: Kind | Literal[""], who: str, rule: Rule | None) -> None:
    place, access = place_of(context.origin), context.services.access
    if place == EVERYWHERE:
        context.require_owner()
    if kind:
        key = who.strip("<@#&!>")
        if not key or len(key) > 100:
            raise InvalidOption("Which {kind}? Give its id on the platform.", kind=kind)
        await access.set_rule(place, kind, key, rule)
    elif who:
        raise InvalidOption("Give a kind and an id, like this: {example}", example="+block user 123")
    rules = await access.rules(place)
    lines = [f"{rule} {name}" for name, rule in sorted(rules.items())]
    await context.say("\n".join(lines) or context.t("No rules: everyone is answered."), private=True)


@command("announce", summary=N_("Post a text everywhere the bot talks."), family="admin",
         reply="private", needs_conversation=False, permission="admin",
         options=(Option(name="text", required=True, rest=True, help=N_("the text")),),
         examples=("+announce Back in ten minutes.",))  # fmt: skip
async def announce(context: Context, text: str) -> None:
    """Posts through every connected platform; a failing one does not stop the others."""
    context.require_owner()
    reached, talking = 0, await context.services.core.store.values.items(TALK)
    for platform in list(context.services.platforms):
        own = channel_key(platform.name, "")
        places = [key.removeprefix(own) for key, on in talking.items() if on and key.startswith(own)]
        try:
            reached += await platform.announce(text, places)
        except Exception:
            log.exception("%s could not announce", platform.name)
    text = plural(reached, N_("Posted in one place."), N_("Posted in {count} places."))
    await context.say(context.t(text, count=reached))


@command("channel", summary=N_("Answer every message here, or only when spoken to."), family="admin",
         reply="private", needs_conversation=False, options=(TALKING,),
         permission="admin", examples=("+channel on", "+channel off"))  # fmt: skip
async def channel(context: Context, talk: str) -> None:
    """Stores the setting, which the platform looks up for each message."""
    place = channel_key(context.origin.platform, context.origin.channel)
    if talk == "on":
        await context.services.core.store.values.set(TALK, place, True)
        await context.say(context.t("I now answer every message here."))
    else:
        await context.services.core.store.values.delete(TALK, place)
        await context.say(context.t("I now answer here only when spoken to."))


@command("plugin", summary=N_("Switch a plugin on or off, now and from the next start on."), family="admin",
         reply="private", needs_conversation=False, permission="admin",
         options=(
             Option(name="name", default="", help=N_("which plugin; leave it out to list them")),
             Option(name="switch", default="", choices=("on", "off"), help=N_("on or off")),
         ),
         examples=("+plugin", "+plugin dice off"))  # fmt: skip
async def plugin(context: Context, name: str, switch: Literal["", "on", "off"]) -> None:
    """Switches a plugin. Its prompts stay until the next start, since conversations may be using them."""
    context.require_owner()
    plugins = context.services.plugins
    if name and not switch:
        raise InvalidOption("Say on or off, like this: {example}", example="+plugin dice off")
    if name:
        for prompt in await plugins.switch(name, on=switch == "on"):
            context.services.prompts.add(prompt)
    lines = [
        context.t("Plugin {name}: {state}", name=each.name, state=each.state)
        + (f" ({each.problem})" if each.problem else "")
        for each in plugins.status.values()
        if name in ("", each.name)
    ]
    await context.say("\n".join(lines) or context.t("There are no plugins."), private=True)
