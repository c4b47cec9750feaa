"""How likely the model found each token of a stored reply, by feeding the reply again."""

from bot.chat.core import Core
from bot.chat.runner import Runner
from bot.chat.turn import TurnOptions
from bot.engine.types import Request, SamplingParams, TokenScore
from bot.errors import NotFound
from bot.store.node import Node

MAX_TOKENS = 2000  # per reply; the rest of a longer one is not scored
ALTERNATIVES = 5


async def token_scores(core: Core, runner: Runner, node: Node, options: TurnOptions) -> list[TokenScore]:
    """Return the scores of the reply of ``node``, given everything before it. Raises NotFound.

    Nothing is committed. Text that was read in a fork for the reply (lore, notes) is not read here.
    """
    reply = node.output_tokens[:MAX_TOKENS]
    if not reply:
        raise NotFound("There is no reply here.")
    async with runner.ready():
        above = None if node.parent is None else await core.store.nodes.get(node.parent)
        state, first = await core.states.resume(above, runner.reader)
        request = Request(
            tokens=(*first, *node.input_tokens), state=state, forced=reply, scores=ALTERNATIVES,
            sampling=SamplingParams(temperature=0.0, max_tokens=len(reply)), channel=str(node.channel),
            user=options.user, address=options.address, timeout=options.timeout,
        )  # fmt: skip
        found: list[TokenScore] = []
        stream = core.engine.stream(request)
        async for chunk in stream:
            found += chunk.scores
        return found
