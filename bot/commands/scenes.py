"""Scenes and their casts: starting and ending, roles, entrances and exits, turn order."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.chat.cast import GetCharacter, Role, make_role, make_roles
from bot.chat.scene_stage import Stage, stage_at, tag_of
from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.commands.scene_answers import show_panel, show_written
from bot.errors import InvalidOption, NotFound
from bot.events import File, Reply
from bot.i18n import N_, plural
from bot.library.characters.definition import Character
from bot.library.prompts import clean_name
from bot.library.scenes.drama_files import DramaLine, DramaPlay, scenario_of, write_log
from bot.library.scenes.scene_definition import ORDERS, Member, Scene, SceneLine, same_name
from bot.library.scenes.scene_imports import read_scene
from bot.library.scenes.scene_output import ENDINGS, FORMS, MIMES, SceneExport, written
from bot.policy.scopes import character_scope
from bot.store.node import Node

MAX_DESCRIPTION_LENGTH = 4_000  # characters
MAX_PLAYERS = 64  # per channel, whose roles are remembered
CHOSEN = ("scene_order", "scene_candidates", "scene_pending", "scene_roles")  # settings that a new scene resets
MEMBERS_LINES = 500  # in a file that anyone may import


@command("scene", summary=N_("Play a scene with several characters: `scene begin NAME`, `scene end`; or list them."),
         family="scenes",
         options=(Option(name="what", default="", rest=True, complete="scene_words",
                         help=N_("list, begin NAME, import, end, reload")),),
         examples=("+scene", "+scene begin the-well", "+scene import", "+scene end"), takes_file=True,
         needs_conversation=True)  # fmt: skip
async def scene(context: Context, what: str) -> None:
    """Starts a scene at a new root. Undo returns to the earlier conversation."""
    word, _, name = what.strip().partition(" ")
    match word.casefold():
        case "" | "list":
            await _list(context)
        case "begin" if name.strip():
            await _begin(context, await context.services.scenes.get(name.strip()))
        case "import":
            await _begin(context, await _imported(context, name))
        case "end":
            await context.conversation.scene.end()
            await context.show_place(context.t("The scene is over."))
        case "reload":
            await _reload(context)
        case _:
            raise InvalidOption("{name} must be {range}, not {value}.", name="what", value=what[:40],
                                range="list, begin NAME, import, end, reload")  # fmt: skip


async def _list(context: Context) -> None:
    names = await asyncio.to_thread(context.services.scenes.names)
    lines = [f"· `{name}`" for name in names]
    if names:
        lines.append(context.t("`+scene begin NAME` starts one."))
    if context.conversation.scene.is_active:
        stage = await context.conversation.scene.stage()
        heading = context.t("Being played: {name}, with {names}", name=f"**{stage.rules.get('name')}**",
                            names=", ".join(stage.present) or "–")  # fmt: skip
        lines.insert(0, heading)
    await context.say("\n".join(lines) or context.t("There are no scenes yet."))


async def _begin(context: Context, wanted: Scene) -> None:
    channel, play = context.conversation.channel, context.conversation.scene
    roles = await make_roles(wanted, finder(context))
    for name in CHOSEN:
        if name in channel.settings:
            await channel.set_setting(name, None)
    last = await play.begin(wanted, roles)
    cast = ", ".join(role.name for role in roles)
    text = context.t("The scene {name} begins, with {names}.", name=f"**{wanted.name}**", names=cast)
    told = f"{text}\n{wanted.setting[:1500]}".strip()
    await context.send(Reply(text=told, node=last.id, more=True))
    if last.kind == "line":
        await show_written(context, last)
    else:
        await show_panel(context)


async def _imported(context: Context, text: str) -> Scene:
    files = context.attachments
    data, name = (files[0].data, files[0].name) if files else (text.encode("utf-8", "replace"), "scene.txt")
    if not data.strip():
        raise InvalidOption("Attach a scene: a .toml file, RWKV-Drama's JSON, a group chat (JSONL) or a text.")
    found = await asyncio.to_thread(read_scene, data, name)
    if len(found.lines) > MEMBERS_LINES and not context.is_owner:
        message = "The file has {count} lines; the limit is {most}."
        raise InvalidOption(message, count=len(found.lines), most=MEMBERS_LINES)
    return found


async def _reload(context: Context) -> None:
    context.require_admin()
    problems = await asyncio.to_thread(context.services.scenes.check)
    await context.say("\n".join(problems[:50]) or context.t("All scene files are valid."))


def finder(context: Context) -> GetCharacter:
    """Return a function that finds the characters that may be played in ``context``."""
    scope = character_scope(context.origin)

    async def find(character_id: str) -> Character:
        return await context.services.core.characters.get(character_id, scope)

    return find


# --- cast ---------------------------------------------------------------------------------------------------------


@command("cast", summary=N_("Who plays in the scene: list, add, remove; or play someone yourself."), family="scenes",
         options=(Option(name="what", default="", rest=True, complete="cast_words",
                         help=N_("list, add NAME: description, remove NAME, play NAME")),),
         examples=("+cast", "+cast add mira", "+cast add Tom: an old sailor who lies", "+cast play Ann",
                   "+cast remove Tom"))  # fmt: skip
async def cast(context: Context, what: str) -> None:
    """Lists or changes the cast. Words with a colon describe somebody; without one, the library is searched."""
    word, _, rest = what.strip().partition(" ")
    match word.casefold():
        case "" | "list":
            await _tell_cast(context)
        case "add" if rest.strip():
            await _enter(context, rest.strip())
        case "remove" if rest.strip():
            await _leave(context, rest.strip())
        case "play" if rest.strip():
            await _take_role(context, rest.strip())
        case _:
            raise InvalidOption("{name} must be {range}, not {value}.", name="what", value=what[:40],
                                range="list, add NAME: description, remove NAME, play NAME")  # fmt: skip


@command("enter", summary=N_("Someone enters the scene, or comes back."), family="scenes",
         options=(Option(name="name", required=True, rest=True, complete="cast_words", help=N_("who enters")),),
         examples=("+enter Ann", "+enter Tom: an old sailor who lies"))  # fmt: skip
async def enter(context: Context, name: str) -> None:
    """Adds an entrance. A returning role still knows what it heard before leaving."""
    await _enter(context, name)


@command("leave", summary=N_("Someone leaves the scene and no longer hears what is said."), family="scenes",
         options=(Option(name="name", required=True, rest=True, complete="cast", help=N_("who leaves")),),
         examples=("+leave Ann",))  # fmt: skip
async def leave(context: Context, name: str) -> None:
    """Adds an exit. The role stays in the tree with what it knows."""
    await _leave(context, name)


async def _enter(context: Context, text: str) -> None:
    play = context.conversation.scene
    role = await _role(context, await play.stage(), text)
    node = await play.enter(role, options=context.options)
    await context.say(context.t("{name} enters.", name=f"**{node.scene['enter']['name']}**"), node=node.id)


async def _role(context: Context, stage: Stage, text: str) -> Role:
    """Return a role: one that was there before, one described in ``text``, or a character from the library."""
    head, colon, description = text.replace("：", ":", 1).partition(":")
    name = clean_name(head)
    known = same_name(name, stage.roles)
    if known is not None and not colon:
        return replace(stage.roles[known], text="")
    if not name:
        raise InvalidOption("A name must have 1 to {most} characters, without colons or control characters.", most=32)
    scene = Scene(id=str(stage.rules.get("id") or ""), name=str(stage.rules.get("name") or ""), cast=())
    find = finder(context)
    if colon:
        member = Member(name=name, description=description.strip()[:MAX_DESCRIPTION_LENGTH])
        return await make_role(member, scene, find)
    found = await find(name)
    return await make_role(Member(name=found.char, character=found.id), scene, find)


async def _leave(context: Context, name: str) -> None:
    node = await context.conversation.scene.leave(name, options=context.options)
    await context.say(context.t("{name} leaves.", name=f"**{node.scene['leave']}**"), node=node.id)


async def _take_role(context: Context, name: str) -> None:
    """Assign the role to the caller, whose lines are now this character's."""
    stage = await context.conversation.scene.stage()
    found = same_name(name, stage.present)
    if found is None:
        raise NotFound("{name} is not in the scene. In it are: {names}", name=name[:40], names=", ".join(stage.present))
    channel = context.conversation.channel
    known = channel.settings.get("scene_roles")
    roles = {user: role for user, role in (known if isinstance(known, dict) else {}).items() if role != found}
    if len(roles) >= MAX_PLAYERS:
        roles.pop(next(iter(roles)))
    await channel.set_setting("scene_roles", {**roles, context.options.user: found})
    await context.say(context.t("You now play {name}.", name=f"**{found}**"))


async def _tell_cast(context: Context) -> None:
    stage = await context.conversation.scene.stage()
    players = context.conversation.channel.settings.get("scene_roles")
    played = set(players.values()) if isinstance(players, dict) else set()
    lines = []
    for name, role in stage.roles.items():
        facts = [] if name in stage.present else [context.t("not here")]
        if role.player or name in played:
            facts.append(context.t("played by a person"))
        told = f" ({', '.join(facts)})" if facts else ""
        lines.append(f"· **{name}**{told}")
    lines += [f"· {name}" for name in stage.voices]
    await context.say("\n".join(lines))


@command("order", summary=N_("Who speaks next: nobody by default, the list in turn, as people talk, or as the model "
                             "expects."),
         family="scenes",
         options=(Option(name="rule", choices=ORDERS, default=None, help=N_("manual, list, natural or model")),),
         examples=("+order", "+order natural"))  # fmt: skip
async def order(context: Context, rule: str | None) -> None:
    """Sets the turn order in this channel until another scene starts. The tree does not change."""
    play = context.conversation.scene
    stage = await play.stage()
    if rule is not None:
        await context.conversation.channel.set_setting("scene_order", rule)
    await context.say(context.t("The order of speaking: {order}", order=f"`{play.order(stage)}`"))


@command("output", summary=N_("Send the accepted lines of the scene as a file to read."), family="scenes",
         options=(Option(name="form", choices=(*FORMS, "drama"), default="markdown",
                         help=N_("markdown, html, epub, text or drama")),),
         examples=("+output", "+output epub"))  # fmt: skip
async def output(context: Context, form: str) -> None:
    """Sends the accepted lines, without pending ones; ``drama``: as a log of RWKV-Drama. The tree does not change."""
    await context.conversation.scene.stage()
    stage = stage_at(await context.conversation.channel.path())
    if stage is None:
        raise NotFound("No scene is being played here. `+scene begin NAME` starts one.")
    lines = [SceneLine(line.speaker, line.output) for line in await context.shown(stage.lines)]
    name = "".join(char if char.isalnum() else "-" for char in str(stage.rules.get("name") or "scene"))[:60]
    if form == "drama":
        data = await asyncio.to_thread(write_log, drama_play(played_scene(stage, lines), stage.lines))
        file = File(f"{name}_Log.json", data, "application/json")
    else:
        known = next(each for each in FORMS if each == form)
        play = SceneExport(
            title=str(stage.rules.get("name") or ""), setting=str(stage.rules.get("setting") or ""), lines=lines,
            language=str(stage.rules.get("language") or "en"), pictures=await _pictures(context, stage),
        )  # fmt: skip
        file = File(f"{name}.{ENDINGS[known]}", await asyncio.to_thread(written, play, known), MIMES[known])
    count = plural(len(lines), N_("One line."), N_("{count} lines."))
    await context.say(context.t(count, count=len(lines)), files=(file,))


async def _pictures(context: Context, stage: Stage) -> dict[str, bytes]:
    """Return the small pictures of the roles that have one."""
    scope = character_scope(context.origin)
    found = {name: await context.conversation.picture(name, scope) for name in stage.roles}
    return {name: picture for name, picture in found.items() if picture is not None}


def played_scene(stage: Stage, lines: Sequence[SceneLine]) -> Scene:
    """Return the scene as it was played."""
    cast = tuple(Member(name=role.name, player=role.player) for role in stage.roles.values())
    return Scene(
        id=str(stage.rules.get("id") or ""), name=str(stage.rules.get("name") or "Scene"),
        series=str(stage.rules.get("series") or ""), setting=str(stage.rules.get("setting") or ""), cast=cast,
        lines=tuple(lines),
    )  # fmt: skip


def drama_play(scene: Scene, lines: Sequence[Node]) -> DramaPlay:
    """Return RWKV-Drama's scenario with its log."""
    chat = tuple(
        DramaLine(tag=tag_of(line), text=said.text, speaker=said.speaker)
        for said, line in zip(scene.lines, lines, strict=True)
    )
    return DramaPlay(scenario=scenario_of(replace(scene, lines=())), lines=chat)
