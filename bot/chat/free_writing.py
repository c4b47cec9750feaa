"""Free writing: the model continues any text, outside the chat; HEAD stays where it is."""

from collections.abc import AsyncIterator

from bot.chat.channel import Channel
from bot.chat.planner import Planner, more_of
from bot.chat.runner import Runner
from bot.chat.turn import Plan, TurnOptions, TurnUpdate
from bot.errors import InvalidOption, NotFound
from bot.store.node import Node


class FreeWriting:
    """A channel's free writing."""

    def __init__(self, channel: Channel, runner: Runner, planner: Planner) -> None:
        self._channel = channel
        self._runner = runner
        self._planner = planner

    def complete(
        self, text: str, *, options: TurnOptions, from_prompt: bool = False, author: str = ""
    ) -> AsyncIterator[TurnUpdate]:
        """Write on from ``text``, exactly as given: after nothing, or after the prompt's start."""

        async def plan() -> Plan:
            above = (await self._channel.history())[0] if from_prompt else None
            self._planner.check_length(text)
            if not text:
                raise InvalidOption("There is nothing to go on from: the text is empty.")
            return self._planner.free(above, text, options, author)

        return self._runner.stream(plan)

    def more(self, *, options: TurnOptions) -> AsyncIterator[TurnUpdate]:
        """Write on from where the last free text ended. Raises NotFound when there is none."""

        async def plan() -> Plan:
            draft = await self._last()
            return more_of(self._planner.free(draft, "", options, draft.author))

        return self._runner.stream(plan)

    def again(self, *, options: TurnOptions) -> AsyncIterator[TurnUpdate]:
        """Write the last piece of free text once more. Raises NotFound when there is none."""

        async def plan() -> Plan:
            return await self._planner.alternate(await self._last(), options)

        return self._runner.stream(plan)

    async def _last(self) -> Node:
        if self._channel.draft is None:
            raise NotFound("There is no free text yet to go on with.")
        return await self._channel.node(self._channel.draft)
