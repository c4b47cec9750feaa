"""The channel of each program's key: its usage is counted there, and what it has had kept hangs there."""

from bot.chat.core import Core
from bot.chat.prompt_composer import PromptComposer
from bot.library.prompts import ChatPrompt
from bot.store.channels import Channel

PLATFORM = "api"


class ProgramChannels:
    """Finds the channels by the keys' names, and makes those that are missing."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._found: dict[str, Channel] = {}

    async def of(self, caller: str) -> Channel:
        """The channel of the key ``caller``."""
        if caller not in self._found:
            roots = self._core.roots(PromptComposer(ChatPrompt(name="")))
            self._found[caller] = await self._core.store.channels.add(PLATFORM, caller, None, "", roots)
        return self._found[caller]
