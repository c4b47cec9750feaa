"""How likely the model found each token of a reply that stands in the tree: they are fed to it once more."""

from bot.chat.core import Core
from bot.chat.runner import Runner
from bot.chat.turn import TurnOptions
from bot.engine.types import Request, SamplingParams, TokenScore
from bot.errors import NotFound
from bot.store.node import Node

MOST_TOKENS = 2000  # of a reply; longer ones are looked at so far
ALTERNATIVES = 5


async def token_scores(core: Core, runner: Runner, node: Node, options: TurnOptions) -> list[TokenScore]:
    """The tokens of the reply of ``node``, as the model saw them after what was said before. Raises NotFound.

    Nothing is committed. What was read in a fork when the reply was drawn (lore, notes) is not read here.
    """
    reply = node.output_tokens[:MOST_TOKENS]
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
