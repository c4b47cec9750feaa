"""The measurement runs, and a message's writes are bounded."""

from collections import Counter
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.shared_transaction import SharedTransactions
from tools.message_rate import PLATFORM, measure, open_bot


async def test_a_message_is_written_in_three_transactions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrival, turn and delivery. The state file is a cache and does not count."""
    written: Counter[AsyncEngine] = Counter()
    real = SharedTransactions.part

    def counted(shared: SharedTransactions, *, quick: bool) -> AbstractAsyncContextManager[AsyncConnection]:
        written[shared._engine] += 1
        return real(shared, quick=quick)

    async with open_bot(tmp_path) as bot:
        await measure(bot, 1, range(1))
        monkeypatch.setattr(SharedTransactions, "part", counted)
        found = await measure(bot, 1, range(1, 5))
        assert found.messages == len(found.waits) == 4
        assert written[bot.store.engine] == 3 * 4
        assert "messages/s" in str(found)
        assert await bot.store.inbox.open(PLATFORM) == []
