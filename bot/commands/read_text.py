"""What the model has read in this channel, for prompt and card authors."""

from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.events import File
from bot.i18n import N_

SHOWN = 1200  # characters
MAX_CHARACTERS = 2_000_000  # characters in the file


@command(
    "tokens",
    summary=N_("Show how many tokens the model has read here, and the end of the text."),
    family="characters",
    options=(Option(name="all", kind="bool", default=False, help=N_("include the whole text, as a file")),),
    reply="private",
    examples=("+tokens", "+tokens on"),
)
async def tokens(context: Context, all: bool) -> None:  # name of the option
    """Shows the text of HEAD's path, without what was read in forks. The tree does not change."""
    path = await context.shown(await context.conversation.channel.path())
    text = "".join(node.read + node.written for node in path)
    count = sum(
        len(node.tokens) or len(context.services.engine.coder.encode(node.read + node.written)) for node in path
    )
    end = text[-SHOWN:].replace("```", "'''")
    shown = f"{context.t('{count} tokens, {length} characters.', count=count, length=len(text))}\n```\n{end}\n```"
    files = (File("read.txt", text[-MAX_CHARACTERS:].encode(), "text/plain"),) if all else ()
    await context.say(shown, private=True, files=files)
