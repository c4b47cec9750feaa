"""Free writing beside the talk, as ChatRWKV does it: any text, an instruction, a single question; more, and again."""

from bot.commands.command import Option, command
from bot.commands.context import WRITING_ACTIONS, Context
from bot.commands.talk import with_line_breaks
from bot.i18n import N_

FREE_TOKENS = 256
NEWLINE_BIAS = -2.0  # what ChatRWKV's +qa adds to a new line's logit
# ChatRWKV's three forms, to the letter.
TEXT_FORM = "\n{text}"
INSTRUCTION_FORM = (
    "\nBelow is an instruction that describes a task."
    " Write a response that appropriately completes the request."
    "\n\n# Instruction:\n{text}\n\n# Response:\n"
)
QUESTION_FORM = "\nQ: {text}\nA:"
STOPS = {
    "gen": (),
    "i": ("\n\n# Instruction:", "\n\n# Response:"),
    "qq": ("\nQ:", "\n\nQ:", "\n\n"),
    "qa": ("\n\n",),
}
TEXT = Option(name="text", required=True, rest=True, help=N_("the text; `\\n` in it is a new line"))
NOT_OF_PROMPT = ("newline_schedule", "min_tokens")  # of a chat prompt's sampling: they shape turns of talk


def free_sampling(context: Context, form: str = "") -> dict[str, object]:
    """How free text is drawn: as the prompt says, where it speaks of more than the talk; settings go over that."""
    prompt = {name: value for name, value in context.conversation.prompt.sampling.items() if name not in NOT_OF_PROMPT}
    layers = context.defaults | prompt | {"max_tokens": FREE_TOKENS, "no_repeat_punctuation": True}
    sampling = layers | dict(context.options.sampling)
    if form == "qa":
        newline = context.services.engine.encode("\n")
        if len(newline) == 1:
            sampling["logit_bias"] = [*sampling.get("logit_bias", ()), [newline[0], NEWLINE_BIAS]]
    return sampling


async def write(context: Context, form: str, text: str, *, from_prompt: bool = False) -> None:
    """Stream free text after ``text``; `again` and `more` go by ``form``."""
    context.set_options(sampling=free_sampling(context, form), stop=(*STOPS[form], *context.options.stop))
    await remember_form(context, form)
    updates = context.conversation.writing.complete(
        text, options=context.options, from_prompt=from_prompt, author=context.author
    )
    await context.stream(updates, actions=WRITING_ACTIONS, stripped=True)


async def remember_form(context: Context, form: str) -> None:
    """Which form the channel's last free text had."""
    if last_form(context) != form:
        await context.conversation.channel.set_setting("form", form)


def last_form(context: Context) -> str:
    """The same, to go on by."""
    return str(context.conversation.channel.settings.get("form", "gen"))


async def typed(context: Context, text: str) -> str:
    """What was typed, with its line breaks, past the plugins' filters."""
    return (await context.checked(with_line_breaks(text))).strip()


@command(
    "gen",
    summary=N_("Write on from any text, apart from the talk."),
    family="writing",
    options=(TEXT,),
    examples=("+gen Once upon a time", "+gen Shopping list:\\n- -max_tokens=60"),
    samples=True,
    needs_model=True,
)
async def gen(context: Context, text: str) -> None:
    """A new line and the text, from nothing."""
    await write(context, "gen", TEXT_FORM.replace("{text}", await typed(context, text)))


@command(
    "i",
    summary=N_("Carry out an instruction, apart from the talk."),
    family="writing",
    aliases=("instruct",),
    options=(TEXT,),
    examples=("+i Write a poem about an owl.",),
    samples=True,
    needs_model=True,
)
async def instruct(context: Context, text: str) -> None:
    """The form of instruction-tuned models."""
    await write(context, "i", INSTRUCTION_FORM.replace("{text}", await typed(context, text)))


@command(
    "qq",
    summary=N_("Answer a single question freely, without prompt and talk."),
    family="writing",
    options=(TEXT,),
    examples=("+qq Where do owls sleep?",),
    samples=True,
    needs_model=True,
)
async def quick_question(context: Context, text: str) -> None:
    """Question and answer, from nothing."""
    await write(context, "qq", QUESTION_FORM.replace("{text}", await typed(context, text)))


@command(
    "qa",
    summary=N_("Answer a single question as the chat prompt would, without what was said since."),
    family="writing",
    options=(TEXT,),
    examples=("+qa Where do owls sleep?",),
    samples=True,
    needs_model=True,
)
async def question(context: Context, text: str) -> None:
    """A turn after the prompt's start; HEAD stays where it is."""
    prompt = context.conversation.prompt
    start = (await context.conversation.channel.history())[0]
    turn = prompt.turn(await typed(context, text), first=not start.tokens)
    await write(context, "qa", turn, from_prompt=bool(start.tokens))


@command("more", summary=N_("Write the last free text on; `+++` does the same."), family="writing",
         examples=("+++", "+more -max_tokens=50"), samples=True, needs_model=True, sign="+++", button="➕")  # fmt: skip
async def more(context: Context) -> None:
    """From exactly where it ended, past what made it stop; a single answer does not go on as the user."""
    form = last_form(context)
    prompt = context.conversation.prompt
    labels = (f"{prompt.user}{prompt.separator}",) if form == "qa" else ()
    context.set_options(sampling=free_sampling(context), stop=(*labels, *context.options.stop))
    updates = context.conversation.writing.more(options=context.options)
    await context.stream(updates, actions=WRITING_ACTIONS, stripped=True)


@command("again", summary=N_("Write the last free text once more, differently; `++` does the same."), family="writing",
         examples=("++", "+again -temp=1.3"), samples=True, needs_model=True, sign="++", press="in_place",
         button="🔄")  # fmt: skip
async def again(context: Context) -> None:
    """From the state before it was written."""
    form = last_form(context)
    context.set_options(sampling=free_sampling(context, form), stop=(*STOPS.get(form, ()), *context.options.stop))
    updates = context.conversation.writing.again(options=context.options)
    await context.stream(updates, actions=WRITING_ACTIONS, stripped=True)
