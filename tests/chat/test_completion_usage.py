"""API usage is counted completely, in few transactions."""

from pathlib import Path

from bot.chat.completions import Completions
from bot.store.store import Commit
from bot.store.usage import Seconds, Usage
from tests.conversations import open_conversations
from tests.fakes import FakeEngine
from tests.waiting import until


async def test_many_that_end_together_are_written_together(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        completions = Completions(conversations.core)
        commits: list[int] = []
        write = conversations.core.store.commit

        async def counted(channel: int, turn: Commit) -> object:
            commits.append(turn.turns)
            return await write(channel, turn)

        conversations.core.store.commit = counted  # type: ignore[method-assign,assignment]
        for _ in range(20):
            for caller in ("ann", "bob"):
                completions.usage.add(caller, f"api:{caller}", Usage(1, 10, 3, Seconds(0.5, 1, 2)))
        await until(lambda: sum(commits) == 40)
        assert len(commits) <= 4
    async with open_conversations(tmp_path, FakeEngine()) as conversations:  # everything was written before it closed
        for user in ("api:ann", "api:bob"):
            assert await conversations.core.store.usage.total(user=user) == Usage(20, 200, 60, Seconds(10, 20, 40))
