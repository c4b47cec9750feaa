"""Free writing: the model continues any text, outside the chat. HEAD does not move."""

from collections.abc import AsyncIterator

from bot.chat.channel import Channel
from bot.chat.composer import Line
from bot.chat.passage import Passage
from bot.chat.planner import Planner, more_of
from bot.chat.runner import Runner
from bot.chat.turn import Plan, TurnOptions, TurnUpdate
from bot.errors import InvalidOption, NotFound
from bot.store.node import Node


class FreeWriting:
    """Free writing in one channel."""

    def __init__(self, channel: Channel, runner: Runner, planner: Planner) -> None:
        self._channel = channel
        self._runner = runner
        self._planner = planner

    def complete(
        self, passage: Passage, *, options: TurnOptions, author: str = "", from_prompt: bool = False
    ) -> AsyncIterator[TurnUpdate]:
        """Continue ``passage`` exactly as given, from scratch or after the start of the prompt."""

        async def plan() -> Plan:
            self._planner.check_length(passage.read)
            if not passage.read:
                raise InvalidOption("There is nothing to continue: the text is empty.")
            root = self._channel.beginning if from_prompt else None
            above = root if root is not None and root.tokens else None
            return self._planner.free(above, passage, options, author)

        return self._runner.stream(plan)

    def ask(self, text: str, *, options: TurnOptions, author: str, form: str) -> AsyncIterator[TurnUpdate]:
        """Answer ``text`` as the chat would at its very beginning."""

        async def plan() -> Plan:
            root = self._channel.beginning
            line = Line(text=self._planner.checked(text), author=author, named=options.speaker_names)
            composition = (await self._planner.composer()).turn([root], line)
            passage = Passage(read=composition.read, typed=line.text, notes={"form": form})
            return self._planner.free(root if root.tokens else None, passage, options, author)

        return self._runner.stream(plan)

    def more(self, *, options: TurnOptions) -> AsyncIterator[TurnUpdate]:
        """Continue the last free text. Raises NotFound if there is none."""

        async def plan() -> Plan:
            draft = await self._last()
            passage = Passage(notes={"form": form_of(draft)})
            return more_of(self._planner.free(draft, passage, options, draft.author))

        return self._runner.stream(plan)

    def again(self, *, options: TurnOptions) -> AsyncIterator[TurnUpdate]:
        """Write the last free text again. Raises NotFound if there is none."""

        async def plan() -> Plan:
            return await self._planner.alternate(await self._last(), options)

        return self._runner.stream(plan)

    async def form(self) -> str:
        """Return how the last free text was requested. Raises NotFound if there is none."""
        return form_of(await self._last())

    async def _last(self) -> Node:
        if self._channel.draft is None:
            raise NotFound("There is no free text to continue yet.")
        return await self._channel.node(self._channel.draft)


def form_of(draft: Node) -> str:
    """Return how the text of ``draft`` was requested."""
    return str(draft.sampling.get("form", "gen"))
