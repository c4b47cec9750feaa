"""The channels of API keys, which hold their usage and stored responses."""

from bot.chat.core import Core
from bot.chat.prompt_composer import PromptComposer
from bot.library.prompts import ChatPrompt
from bot.store.channels import Channel

PLATFORM = "api"


class ProgramChannels:
    """Finds the channel of an API key by the key's name, creating it if necessary."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._found: dict[str, Channel] = {}

    async def of(self, caller: str) -> Channel:
        """Return the channel of the key ``caller``."""
        if caller not in self._found:
            roots = self._core.roots(PromptComposer(ChatPrompt(name="")))
            self._found[caller] = await self._core.store.channels.add(PLATFORM, caller, None, "", roots)
        return self._found[caller]
