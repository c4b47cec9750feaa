"""Conversation: plain messages and all commands that write to the conversation."""

import re
from dataclasses import replace

from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.commands.scene_answers import another, hear, no_scene, say_alone, show_written
from bot.commands.scene_panel import pressed_line
from bot.errors import InvalidOption
from bot.events import Speaker
from bot.i18n import N_
from bot.library.text_decoding import decoded

TEXT = Option(name="text", required=True, rest=True, help=N_("what to say"))
MAX_ATTACHMENTS = 10


@command(
    "chat",
    summary=N_("Say something and get an answer. A plain message does the same."),
    family="talk",
    options=(Option(name="text", rest=True, default="", help=N_("what to say")),),
    examples=("hello", "hello -temp=0.8 -top_p=0.5", "+chat hello"),
    samples=True,
    needs_model=True,
    details=N_(
        "Reply to an old answer to continue from it. `-n=3` writes three answers; `+pick 2` chooses the second."
    ),
)
async def chat(context: Context, text: str) -> None:
    """Adds a turn after HEAD, or after the turn being replied to."""
    said = await context.checked(with_line_breaks(_with_attachments(context, text)))
    if context.conversation.scene.is_active:
        await hear(context, said)
        return
    parent = await _parent(context)
    updates = context.conversation.chat(said, author=context.author, options=context.options, parent=parent)
    await context.stream(updates)


async def _parent(context: Context) -> int | None:
    """Return the turn being replied to; None for free writing and for turns of other channels."""
    if context.target is None or context.target == context.conversation.channel.head.id:
        return None
    found = await context.services.core.store.nodes.get(context.target)
    usable = found is not None and found.channel == context.conversation.channel.id and found.kind != "draft"
    return context.target if usable else None


def _with_attachments(context: Context, text: str) -> str:
    """Append attached text files to the text."""
    parts = [text]
    for file in context.attachments[:MAX_ATTACHMENTS]:
        try:
            parts.append(f"{file.name}\n{decoded(file.data)}")
        except InvalidOption:
            raise InvalidOption("{name} is not a text file, so it cannot be read.", name=file.name[:80]) from None
    return "\n".join(part for part in parts if part)


def with_line_breaks(text: str) -> str:
    r"""Replace a typed ``\n`` with a line break, as in ChatRWKV; ``\\n`` becomes ``\n``."""
    return re.sub(r"\\\\n|\\n", lambda match: "\n" if len(match[0]) == 2 else match[0][1:], text)


@command(
    "alternate",
    summary=N_("Give another answer to the last message; `+` alone does the same. The old answer is kept."),
    family="talk",
    aliases=("retry", "regenerate"),
    sign="+",
    press="in_place",
    button="🔄",
    menu=N_("Another answer"),
    examples=("+", "+ -temp=1.2", "+alternate"),
    samples=True,
    needs_model=True,
)
async def alternate(context: Context) -> None:
    """Adds a sibling of the answer and moves HEAD to it."""
    if context.conversation.scene.is_active:
        await another(context)
        return
    await context.stream(context.conversation.alternate(options=context.options, node=context.target))


@command(
    "continue",
    summary=N_("Continue the last answer where it ended."),
    family="talk",
    aliases=("go-on",),
    button="➡️",
    examples=("+continue",),
    samples=True,
    needs_model=True,
)
async def continue_reply(context: Context) -> None:
    """Adds a child without input, and moves HEAD to it."""
    no_scene(context)
    await context.stream(context.conversation.continue_reply(options=context.options, node=context.target))


@command(
    "impersonate",
    summary=N_("Let the model write your next message for you; nothing is said until you send it."),
    family="talk",
    examples=("+impersonate",),
    samples=True,
    needs_model=True,
)
async def impersonate(context: Context) -> None:
    """Suggests a message. The tree does not change."""
    no_scene(context)
    updates = context.conversation.impersonate(author=context.author, options=context.options)
    await context.stream(updates, actions=())


async def speak_here(context: Context, name: str, beginning: str) -> None:
    """Let ``name`` say something in an ordinary conversation."""
    if beginning:
        context.options = replace(context.options, prefix=beginning)
    updates = context.conversation.speak(name, options=context.options)
    await context.stream(updates, speaker=await context.speaker(name) or Speaker(name))


@command(
    "say",
    summary=N_("Say something without getting an answer."),
    family="talk",
    options=(TEXT,),
    examples=("+say It is raining outside.",),
    needs_model=True,
)
async def say(context: Context, text: str) -> None:
    """Adds a person's line, which the model reads at once."""
    said = await context.checked(with_line_breaks(text))
    if context.conversation.scene.is_active:
        await say_alone(context, said)
        return
    node = await context.conversation.say(said, author=context.author, options=context.options)
    await context.say(context.t("Noted, without an answer."), node=node.id)


@command(
    "edit",
    summary=N_("Replace the last answer with your own words; the conversation continues from them."),
    family="talk",
    options=(Option(name="text", required=True, rest=True, complete="last_words", help=N_("what to say")),),
    examples=("+edit My name is Roost.",),
    needs_model=True,
    press="in_place",
    asks="text",
    button="✏️",
)
async def edit(context: Context, text: str) -> None:
    """Adds a sibling with a person's words, and moves HEAD to it."""
    said = await context.checked(with_line_breaks(text))
    if context.conversation.scene.is_active:
        line = await context.conversation.scene.rewrite(said, node=context.target, last=pressed_line(context))
        await show_written(context, line)
        return
    await context.conversation.edit(said, node=context.target, author=context.author)
    await context.show_head()


@command("stop", summary=N_("Stop the answer being written; what is there is kept."), family="talk",
         aliases=("cancel",), examples=("+stop",), limited=False, needs_conversation=False, reply="private",
         press="silent", button="⏹️")  # fmt: skip
async def stop(context: Context) -> None:
    """Cuts the channel's running turn; what was written is kept."""
    stopped = context.place is not None and await context.place.stop()
    await context.say(context.t("Stopped.") if stopped else context.t("Nothing is being written."), private=True)
