"""Guided answers: how closely an answer keeps to a given context (classifier-free guidance, two rows per reply)."""

import secrets
from dataclasses import replace

from bot.chat.passage import Passage
from bot.chat.turn import GuidingText, TurnUpdate
from bot.commands.command import Option, command
from bot.commands.context import WRITING_ACTIONS, Context
from bot.commands.writing import free_sampling, typed
from bot.errors import InvalidOption
from bot.events import Reply
from bot.i18n import N_

PLAIN_FORM = "\nQ: {question}\nA:"
GUIDED_FORM = "\n{context}\nQ: {question}\nA:"
STOP = ("\n\n", "\nQ:")
COMPARED = (0.0, 1.0, 1.5)
COMPARED_TOKENS = 120
QUESTION = Option(name="question", required=True, rest=True, help=N_("the question"))
CONTEXT = Option(name="context", default="", marked=True, help=N_("the text that the answer should be based on"))
CFG = Option(
    name="cfg", kind="float", default=1.5, minimum=0, maximum=5, marked=True,
    help=N_("0: without the context, 1: with it, above 1: pushed towards it"),
)  # fmt: skip


def forms(question: str, context: str) -> tuple[str, str]:
    """Return what the model reads without and with the context."""
    plain = PLAIN_FORM.replace("{question}", question)
    guided = GUIDED_FORM.replace("{context}", context).replace("{question}", question)
    return plain, guided if context else plain


def set_guidance(context: Context, factor: float, plain: str, guided: str) -> str:
    """Return the text to read for ``factor``; set the guidance option if a second row is needed."""
    guidance = None
    if factor not in (0.0, 1.0) and plain != guided:
        guidance = GuidingText(plain, factor)
    context.options = replace(context.options, guidance=guidance)
    return plain if factor == 0.0 else guided


@command(
    "ask",
    summary=N_("Answer a question from a context; `cfg` sets how strictly."),
    family="guidance",
    options=(QUESTION, CONTEXT, CFG),
    examples=("+ask Where is Mia? context: Mia is in the garden. cfg: 1.5",),
    samples=True,
    needs_model=True,
)
async def ask(call: Context, question: str, context: str, cfg: float) -> None:
    """Writes one guided answer. HEAD does not move."""
    words, plain, guided = await _prepared(call, question, context)
    call.options = replace(call.options, sampling=free_sampling(call), stop=(*STOP, *call.options.stop))
    text = set_guidance(call, cfg, plain, guided)
    passage = Passage(read=text, typed=words, notes={"form": "qq"})
    updates = call.conversation.writing.complete(passage, options=call.options, author=call.author)
    await call.stream(updates, actions=WRITING_ACTIONS, stripped=True)


async def _prepared(call: Context, question: str, context: str) -> tuple[str, str, str]:
    words = await typed(call, question)
    return (words, *forms(words, await typed(call, context)))


@command(
    "compare",
    summary=N_("Compare the answers to a question without its context, with it, and pushed towards it."),
    family="guidance",
    options=(QUESTION, CONTEXT),
    examples=("+compare Where is Mia? context: Mia is in the garden.",),
    samples=True,
    needs_model=True,
)
async def compare(call: Context, question: str, context: str) -> None:
    """Writes three answers with the same seed. HEAD does not move."""
    words, plain, guided = await _prepared(call, question, context)
    if plain == guided:
        raise InvalidOption("There is nothing to compare without a context. Write `context:` and then the text.")
    seed = secrets.randbelow(2**31)
    sampling = {"seed": seed} | free_sampling(call) | {"max_tokens": COMPARED_TOKENS}
    call.options = replace(call.options, sampling=sampling, stop=(*STOP, *call.options.stop), n=1)
    await call.sink.typing()
    lines: list[str] = []
    for factor in COMPARED:
        lines.append("")
        text = set_guidance(call, factor, plain, guided)
        passage = Passage(read=text, typed=words, notes={"form": "qq", "cfg": factor})
        async for update in call.conversation.writing.complete(passage, options=call.options, author=call.author):
            lines[-1] = f"`cfg {factor:g}` {await _shown(call, update)}"
            await call.sink.update(Reply(text="\n".join(lines), kind="turn"))
            stopped = update.finish_reason == "cancelled"
        if stopped:
            break
    await call.say("\n".join(lines))


async def _shown(call: Context, update: TurnUpdate) -> str:
    return (await call.services.plugins.filter("after", call, update.text)).strip()
