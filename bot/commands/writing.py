"""Free writing outside the conversation, as in ChatRWKV: any text, an instruction, a question; more and again."""

from dataclasses import replace

from bot.chat.passage import Passage
from bot.commands.command import Option, command
from bot.commands.context import WRITING_ACTIONS, Context
from bot.commands.scene_answers import another
from bot.commands.talk import with_line_breaks
from bot.i18n import N_

FREE_TOKENS = 256
NEWLINE_BIAS = -2.0  # bias that ChatRWKV's +qa adds to the logit of a line break
# ChatRWKV's three forms, verbatim.
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
NOT_OF_PROMPT = ("newline_schedule", "min_tokens")  # chat-only parts of a prompt's sampling


def free_sampling(context: Context) -> dict[str, object]:
    """Return the prompt's sampling without its chat-only parts, overridden by the settings."""
    prompt = {name: value for name, value in context.conversation.prompt.sampling.items() if name not in NOT_OF_PROMPT}
    layers = context.defaults | prompt | {"max_tokens": FREE_TOKENS, "no_repeat_punctuation": True}
    return layers | dict(context.options.sampling)


def prepare(context: Context, form: str) -> None:
    """Set the options for a text in this form."""
    bias = {"\n": NEWLINE_BIAS} if form == "qa" else {}
    stop = (*STOPS.get(form, ()), *context.options.stop)
    context.options = replace(context.options, sampling=free_sampling(context), stop=stop, bias=bias)


async def write(context: Context, form: str, template: str, text: str, lead: str = "") -> None:
    """Stream free text after ``template`` filled with ``text``. `again` and `more` depend on ``form``."""
    prepare(context, form)
    notes = {"form": form, "lead": lead} if lead else {"form": form}
    passage = Passage(read=template.replace("{text}", text), typed=text, lead=lead, notes=notes)
    updates = context.conversation.writing.complete(passage, options=context.options, author=context.author)
    await context.stream(updates, actions=WRITING_ACTIONS, stripped=True)


async def typed(context: Context, text: str) -> str:
    """Return the typed text with its line breaks, after the plugins' filters."""
    return (await context.checked(with_line_breaks(text))).strip()


@command(
    "gen",
    summary=N_("Continue any text, outside the conversation."),
    family="writing",
    options=(TEXT,),
    examples=("+gen Once upon a time", "+gen Shopping list:\\n- -max_tokens=60"),
    samples=True,
    needs_model=True,
)
async def gen(context: Context, text: str) -> None:
    """Writes from a line break and the text alone. HEAD does not move."""
    words = await typed(context, text)
    await write(context, "gen", TEXT_FORM, words, lead=words)


@command(
    "i",
    summary=N_("Carry out an instruction, outside the conversation."),
    family="writing",
    aliases=("instruct",),
    options=(TEXT,),
    examples=("+i Write a poem about an owl.",),
    samples=True,
    needs_model=True,
)
async def instruct(context: Context, text: str) -> None:
    """Writes in the form of instruction-tuned models. HEAD does not move."""
    await write(context, "i", INSTRUCTION_FORM, await typed(context, text))


@command(
    "qq",
    summary=N_("Answer a single question freely, without the prompt or the conversation."),
    family="writing",
    options=(TEXT,),
    examples=("+qq Where do owls sleep?",),
    samples=True,
    needs_model=True,
)
async def quick_question(context: Context, text: str) -> None:
    """Answers a question without any context. HEAD does not move."""
    await write(context, "qq", QUESTION_FORM, await typed(context, text))


@command(
    "qa",
    summary=N_("Answer a single question from the chat prompt, without what was said since."),
    family="writing",
    options=(TEXT,),
    examples=("+qa Where do owls sleep?",),
    samples=True,
    needs_model=True,
)
async def question(context: Context, text: str) -> None:
    """Writes a turn after the prompt's start. HEAD does not move."""
    prepare(context, "qa")
    words = await typed(context, text)
    updates = context.conversation.writing.ask(words, options=context.options, author=context.author, form="qa")
    await context.stream(updates, actions=WRITING_ACTIONS, stripped=True)


@command("more", summary=N_("Continue the last free text; `+++` does the same."), family="writing",
         examples=("+++", "+more -max_tokens=50"), samples=True, needs_model=True, sign="+++", button="➕")  # fmt: skip
async def more(context: Context) -> None:
    """Continues where the last text ended, even past a stop string. A `qa` answer stops before the user's label."""
    if context.conversation.scene.is_active:
        await another(context)
        return
    form = await context.conversation.writing.form()
    prompt = context.conversation.prompt
    labels = (f"{prompt.user}{prompt.separator}",) if form == "qa" else ()
    context.options = replace(context.options, sampling=free_sampling(context), stop=(*labels, *context.options.stop))
    updates = context.conversation.writing.more(options=context.options)
    await context.stream(updates, actions=WRITING_ACTIONS, stripped=True)


@command("again", summary=N_("Try the last free text again; `++` does the same."), family="writing",
         examples=("++", "+again -temp=1.3"), samples=True, needs_model=True, sign="++", press="in_place",
         button="🔄")  # fmt: skip
async def again(context: Context) -> None:
    """Writes again from the state before the last text. HEAD does not move."""
    prepare(context, await context.conversation.writing.form())
    updates = context.conversation.writing.again(options=context.options)
    await context.stream(updates, actions=WRITING_ACTIONS, stripped=True)
