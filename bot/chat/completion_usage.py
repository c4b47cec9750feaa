"""Usage of API clients, on its way to the store. Replies that end at the same time share one transaction."""

from dataclasses import dataclass, field

from bot.chat.core import Core
from bot.chat.program_channels import ProgramChannels
from bot.store.store import Commit
from bot.store.usage import Seconds, Usage


@dataclass(slots=True)
class CompletionUsage:
    """Counts completions by caller."""

    core: Core
    channels: ProgramChannels
    _waiting: dict[tuple[str, str], Usage] = field(default_factory=dict)  # by caller and user
    _writing: bool = False

    def add(self, caller: str, user: str, used: Usage) -> None:
        """Count ``used``. It is written soon, at the latest when the app closes."""
        known = self._waiting.get((caller, user))
        self._waiting[caller, user] = used if known is None else _sum(known, used)
        if not self._writing:
            self._writing = True
            self.core.spawn(self._write())

    async def _write(self) -> None:
        try:
            while self._waiting:  # usage added meanwhile is merged
                (caller, user), used = self._waiting.popitem()
                commit = Commit(
                    nodes=(), user=user, turns=used.turns, tokens_read=used.tokens_read,
                    tokens_written=used.tokens_written, seconds=used.seconds,
                )  # fmt: skip
                await self.core.store.commit((await self.channels.of(caller)).id, commit)
        finally:
            self._writing = False


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.turns + other.turns, one.tokens_read + other.tokens_read, one.tokens_written + other.tokens_written,
        Seconds(
            one.seconds.queue + other.seconds.queue, one.seconds.prefill + other.seconds.prefill,
            one.seconds.decode + other.seconds.decode,
        ),
    )  # fmt: skip
