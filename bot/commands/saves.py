"""Saves and exports: named places in the conversation, and whole conversations as files."""

import asyncio
import json
from collections.abc import Mapping

from bot.chat import transfer
from bot.chat.role_playing_log import continued
from bot.commands import picture, privacy
from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.commands.talk import with_line_breaks
from bot.errors import InvalidOption, UserError
from bot.events import File
from bot.i18n import N_, plural
from bot.sampling import checked_sampling

MEMBERS_TURNS = 2000  # in a file that anyone may import; an owner's may be as large as an export can be
NAME = Option(name="name", required=True, rest=True, complete="saves", help=N_("the save's name"))


@command("save", summary=N_("Save this place in the conversation under a name."), family="keep", options=(NAME,),
         examples=("+save before the duel",))  # fmt: skip
async def save(context: Context, name: str) -> None:
    """Adds a bookmark at HEAD."""
    if privacy.means_person(name):
        raise InvalidOption("Choose another name: `+forget {name}` deletes your own words, not a save.", name=name)
    mark = await context.conversation.channel.save(name)
    await context.say(context.t("Saved as {name}. `+load` with that name brings you back here.", name=f"`{mark.name}`"))


@command("load", summary=N_("Go to a save (or a branch); the conversation continues from there."), family="keep",
         options=(NAME,), examples=("+load before the duel",))  # fmt: skip
async def load(context: Context, name: str) -> None:
    """Moves HEAD to the named turn."""
    await context.conversation.channel.load(name)
    await context.show_place(context.t("Loaded {name}.", name=f"`{name}`"))


@command("saves", summary=N_("List the saves."), family="keep", examples=("+saves",))
async def saves(context: Context) -> None:
    """Lists saves, newest first. The tree does not change."""
    marks = await context.conversation.channel.saves()
    nodes = await context.shown([await context.conversation.channel.node(mark.node) for mark in marks])
    lines = [f"`{mark.name}` {picture.line(node)}" for mark, node in zip(marks, nodes, strict=True)]
    await context.say("\n".join(lines) or context.t("There are no saves yet; `+save NAME` makes one."))


@command(
    "forget",
    summary=N_("Delete a save and keep its messages; `+forget me` deletes what you wrote."),
    family="keep",
    options=(NAME,),
    examples=("+forget before the duel", "+forget me", "+forget me everywhere"),
    details=N_("`+forget me` tells what would be deleted, and how to confirm it."),
)
async def forget(context: Context, name: str) -> None:
    """Deletes a name only; with ``me``, the person's own turns lose their words."""
    if privacy.means_person(name):
        await privacy.forget_person(context, name)
        return
    await context.conversation.channel.forget(name)
    await context.say(context.t("The save {name} is deleted; its messages are kept.", name=f"`{name}`"))


@command(
    "export",
    summary=N_("Send this channel's whole tree as a file, to keep or to import elsewhere."),
    family="keep",
    options=(
        Option(name="states", kind="bool", default=False,
               help=N_("include the model's state: a larger file, but the same model continues without re-reading")),
    ),
    examples=("+export", "+export on"),
)  # fmt: skip
async def export(context: Context, states: bool) -> None:
    """Sends JSON in the documented schema. The tree does not change."""
    conversation, engine = context.conversation, context.services.engine
    nodes = await context.shown(await conversation.channel.tree(drafts=True))
    marks = {mark.name: mark.node for mark in await conversation.channel.saves()}
    state = await conversation.head_state() if states else None
    source = transfer.Source(
        nodes=nodes, head=conversation.channel.head.id, prompt=conversation.prompt.name, saves=marks, state=state,
        settings=dict(conversation.channel.settings), fingerprint=engine.info.fingerprint,
        vocabulary=context.services.core.vocabulary,
    )  # fmt: skip
    written = await asyncio.to_thread(transfer.dump, source)
    packed = transfer.is_packed(written)
    file = File("conversation.json.gz", written, "application/gzip") if packed else File(
        "conversation.json", written, "application/json"
    )  # fmt: skip
    text = plural(
        len(nodes), N_("One turn. `+import` with this file loads it into any channel."),
        N_("{count} turns. `+import` with this file loads them into any channel."),
    )  # fmt: skip
    text = context.t(text, count=len(nodes))
    await context.say(text, files=(file,))


@command(
    "import",
    summary=N_("Import a conversation: an exported file, or a text log such as ChatRWKV's."),
    family="keep",
    options=(Option(name="text", rest=True, default="", help=N_("a text log, if no file can be attached")),),
    examples=("+import", "+import User: hello\\n\\nBot: Hello!"),
    needs_model=True,
    takes_file=True,
)
async def import_conversation(context: Context, text: str) -> None:
    """Adds a tree to this channel and moves HEAD to the imported position. The old tree stays."""
    files = context.attachments
    data = files[0].data if files else with_line_breaks(text).encode("utf-8", "replace")
    if not data.strip():
        raise InvalidOption("Attach an exported file, or write a text log after `+import`.")
    engine, conversation = context.services.engine, context.conversation
    tree = await asyncio.to_thread(
        transfer.parse, data, engine.coder.encode, engine.coder.decode, vocabulary_size=engine.info.vocab_size,
        vocabulary=context.services.core.vocabulary,
        most=transfer.MAX_NODES if context.is_owner else MEMBERS_TURNS,
    )  # fmt: skip
    prompt = tree.prompt if tree.prompt in context.services.prompts.names() else None
    state = tree.state if tree.fingerprint == engine.info.fingerprint else None
    if state is not None:
        await engine.import_state(state)  # a damaged state is rejected here instead of being stored
    nodes, head = tree.nodes, tree.head
    if tree.continues:
        nodes, head = continued(conversation.channel.beginning, nodes)
    await conversation.import_turns(
        nodes, head, prompt=prompt, saves=tree.saves, state=state, fingerprint=tree.fingerprint
    )
    await _take_settings(context, tree.settings)
    count = len(tree.nodes)
    await context.show_place(
        context.t(plural(count, N_("One turn imported."), N_("{count} turns imported.")), count=count)
    )


async def _take_settings(context: Context, settings: Mapping[str, object]) -> None:
    """Apply the file's valid settings; in groups, for administrators only."""
    if context.origin.is_group and not context.is_admin:
        return
    try:
        sampling = checked_sampling(json.loads(json.dumps(settings.get("sampling") or {})))
        preset = str(settings.get("preset") or "")
        preset = context.services.presets.get(preset).name if preset else ""
    except (UserError, AttributeError):
        return
    if sampling:
        await context.conversation.channel.set_setting("sampling", sampling)
    if preset:
        await context.conversation.channel.set_setting("preset", preset)
