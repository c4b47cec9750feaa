"""ChatRWKV's list of commands from end to end on the bundled model, with a fixed seed.

The replies depend on the model file, so the assertions hold for any model.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import open_app
from bot.config.schema import Config
from bot.events import Author, Origin, Reply, Said
from tests.commands.talking import RecordingSink

SCRIPT = (
    "hello -max_tokens=24", "+ -temp=1.5 -max_tokens=24", "What is the sky? -temp=0.8 -top_p=0.5 -max_tokens=24",
    "+gen The owl\\nsat -max_tokens=16", "++ -max_tokens=16", "+++ -max_tokens=16",
    "+i Name an animal. -max_tokens=16", "+qq Where do owls sleep? -max_tokens=16",
    "+qa Where do owls sleep? -max_tokens=16", "+++ -max_tokens=8", "++ -max_tokens=16",
    "+ask Where is Mia? context: Mia is in the garden. cfg: 1.5 -max_tokens=16", "+reset", "hello -max_tokens=24",
)  # fmt: skip


class Chat:
    """One channel of a running app."""

    def __init__(self, handle: object) -> None:
        self._handle = handle
        self.sink = RecordingSink()

    async def __call__(self, text: str) -> Reply:
        message = Said(origin=Origin(platform="test", channel="c", author=Author("1", "Ann", is_admin=True)), text=text)
        await self._handle(message, self.sink)  # type: ignore[operator]  # the dispatcher's method
        return self.sink.replies[-1]


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Chat]:
    config = Config.model_validate(
        {"bot": {"data": str(folder)}, "engine": {"threads": 1}, "plugins": {"enabled": False}}
    )
    async with open_app(config, seed=11) as app:
        yield Chat(app.dispatcher.handle)


async def transcript(folder: Path, texts: Sequence[str]) -> list[Reply]:
    async with running(folder) as chat:
        return [await chat(text) for text in texts]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("transcript")


@pytest.mark.timeout(600)
async def test_chatrwkvs_commands_from_end_to_end(folder: Path) -> None:
    replies = await transcript(folder / "one", SCRIPT)
    by_command = dict(zip(SCRIPT, replies, strict=True))
    for text, reply in by_command.items():
        assert reply.kind == ("info" if text == "+reset" else "turn"), (text, reply.text)
        assert "\ufffd" not in reply.text, text
        assert "User:" not in reply.text, text
        assert len(reply.text.encode()) < 400, text
    assert replies[1].position == (2, 2), "+ is a sibling"
    assert replies[4].position == (2, 2), "++ too"
    assert replies[0].text, "the model has something to say"
    assert "\n\n" not in replies[8].text, "a single answer ends at the blank line"
    assert replies[-1].text == replies[0].text, "after a reset everything begins as it began"
    again = await transcript(folder / "two", SCRIPT[:4])
    assert [reply.text for reply in again] == [reply.text for reply in replies[:4]], "one seed, one transcript"
