"""Sampling settings for a channel or a person, with presets."""

from collections.abc import Mapping

from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.errors import InvalidOption, NotAllowed
from bot.i18n import LANGUAGES, N_, translate
from bot.parameter import NO, YES, Parameter
from bot.policy.layers import set_user_setting, table_of, user_settings
from bot.sampling import PARAMETERS, as_list, require_parameter, within_vocabulary

BACK = ("default", "off", "none", "reset", "-")  # resets a setting
VALUES = Option(
    name="values", required=True, rest=True, complete="parameters",
    help=N_("names and values: `temperature 0.8 top_p 0.5`, `preset NAME`, `names on`; `default` resets"),
)  # fmt: skip
SCOPE = Option(
    name="scope", choices=("me", "channel"), default=None,
    help=N_("for you or for the channel; by default the channel in private, you in a group"),
)  # fmt: skip


@command(
    "set",
    summary=N_("Change sampling settings, for you or for this channel."),
    family="settings",
    reply="private",
    options=(VALUES, SCOPE),
    examples=("+set temperature 0.8 top_p 0.5", "+set preset creative", "+set me temperature default", "+set default"),
    details=N_(
        "Options in a message take precedence over your settings, yours over the channel's, those over the prompt's."
    ),
)
async def set_values(context: Context, values: str, scope: str | None) -> None:
    """Changes settings on top of the existing ones. The tree does not change."""
    words = [word.rstrip(",") for word in values.replace("=", " ").split() if word != ","]  # lists keep their commas
    if words and words[0].casefold() in ("me", "channel"):
        scope = words.pop(0).casefold()
    scope = scope or ("me" if context.origin.is_group else "channel")
    if scope == "channel" and context.origin.is_group and not context.is_admin:
        raise NotAllowed("In a group, only administrators can change the channel's settings.")
    layer = await _layer(context, scope)
    new = {} if len(words) == 1 and words[0].casefold() in BACK else changed(context, layer, words, scope)
    for name in ("preset", "sampling", "names"):
        if new.get(name) != layer.get(name):
            await _keep(context, scope, name, new.get(name) or None if name != "names" else new.get(name))
    await show(context)


def changed(context: Context, layer: Mapping[str, object], words: list[str], scope: str) -> dict[str, object]:
    """Return the layer with the settings in ``words``.

    Raises InvalidOption or NotFound, saying what is allowed.
    """
    if not words or len(words) % 2:
        raise InvalidOption("Give pairs of names and values, like this: {example}", example="temperature 0.8 top_p 0.5")
    new = dict(layer)
    sampling = table_of(layer, "sampling")
    for name, value in zip(words[::2], words[1::2], strict=True):
        taken_back = value.casefold() in BACK and name.casefold() != "names"
        if name.casefold() == "preset":
            new["preset"] = None if taken_back else context.services.presets.get(value).name
        elif name.casefold() == "names":
            new["names"] = _names(value, scope)
        else:
            parameter = require_parameter(name)
            sampling.pop(parameter.name, None)
            if not taken_back or (parameter.kind == "bool" and value.casefold() == "off"):
                sampling[parameter.name] = _in_vocabulary(context, parameter, parameter.read(value))
    new["sampling"] = sampling
    return new


def _in_vocabulary(context: Context, parameter: Parameter, value: object) -> object:
    """Check that token ids are in the running model's vocabulary. Raises InvalidOption."""
    if parameter.kind not in ("ids", "biases"):
        return value
    size = context.services.engine.info.vocab_size
    kept = within_vocabulary({parameter.name: value}, size)[parameter.name]
    if len(as_list(kept)) < len(as_list(value)):
        raise InvalidOption("This model has {size} tokens: their ids are 0 to {last}.", size=size, last=size - 1)
    return value


def _names(value: str, scope: str) -> bool | None:
    if scope != "channel":
        raise InvalidOption("Names can only be set for a channel: {example}", example="+set channel names on")
    if value.casefold() in ("default", "none", "reset", "-"):
        return None
    if value.casefold() not in (*YES, *NO):
        raise InvalidOption("{name} must be {range}, not {value}.", name="names", range="on, off", value=value[:40])
    return value.casefold() in YES


async def _layer(context: Context, scope: str) -> dict[str, object]:
    if scope == "channel":
        return dict(context.conversation.channel.settings)
    return await user_settings(context.services.core.store.values, context.origin)


async def _keep(context: Context, scope: str, name: str, value: object) -> None:
    if scope == "channel":
        await context.conversation.channel.set_setting(name, value)
    else:
        await set_user_setting(context.services.core.store.values, context.origin, name, value)


@command("settings", summary=N_("Show what is set: by the prompt, for the channel, for you; and what can be set."),
         family="settings", reply="private", examples=("+settings",))  # fmt: skip
async def settings(context: Context) -> None:
    """Shows all layers, the parameters' ranges and the presets. The tree does not change."""
    await show(context)
    presets = context.services.presets
    lines = [parameter_line(item, context.language, context.defaults) for item in PARAMETERS]
    lines += ["", context.t("Presets, for `+set preset NAME`:")]
    lines += [f"`{name}`: {presets.get(name).title}" for name in presets.names()]
    await context.say("\n".join(lines), private=True)


def parameter_line(item: Parameter, language: str, below: Mapping[str, object]) -> str:
    """Return a line such as ``- `top_k` (0 – 1000; otherwise 0): only so many of the likeliest words; 0: all``.

    ``below`` is the sampling below all layers, by name.
    """
    facts = [item.range()]
    default = below.get(item.name, item.default)
    if isinstance(default, (bool, int, float)):
        value = ("on" if default else "off") if isinstance(default, bool) else f"{default:g}"
        facts.append(translate("otherwise {value}", language, value=value))
    return f"- `{item.name}` ({'; '.join(facts)}): {translate(item.help, language)}"


async def show(context: Context) -> None:
    """Show the current settings, layer by layer."""
    channel, user = await _layer(context, "channel"), await _layer(context, "me")
    prompt = context.conversation.prompt
    lines = [
        context.t("Prompt {name}: {values}", name=f"`{prompt.name}`", values=listed(prompt.sampling)),
        context.t("Channel: {values}", values=described(channel)),
        context.t("You: {values}", values=described(user)),
    ]
    await context.say("\n".join(lines))


def described(layer: Mapping[str, object]) -> str:
    """Return a layer in one line."""
    parts = [f"preset {layer['preset']}"] if layer.get("preset") else []
    if layer.get("names") is not None:
        parts.append(f"names {'on' if layer['names'] else 'off'}")
    if (language := str(layer.get("language"))) in LANGUAGES:
        parts.append(LANGUAGES[language])
    if sampling := table_of(layer, "sampling"):
        parts.append(listed(sampling))
    return ", ".join(parts) or "–"


def listed(values: Mapping[str, object]) -> str:
    """Return the values as in ``temperature 0.8, top_p 0.5``."""
    shown = {name: f"{value:g}" if isinstance(value, float) else value for name, value in sorted(values.items())}
    return ", ".join(f"{name} {value}" for name, value in shown.items()) or "–"
