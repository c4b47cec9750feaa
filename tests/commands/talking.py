"""Send messages to the real dispatcher on a real store, with a fake engine."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import open_dispatcher
from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.config.schema import Config
from bot.dispatch.dispatcher import Dispatcher
from bot.events import Attachment, Author, Called, Event, Origin, Reply, Said, in_one
from bot.library.prompts import ChatPrompt
from tests.conversations import open_conversations
from tests.fakes import FakeEngine

ANN = Author("1", "Ann")
BOB = Author("2", "Bob")
ADMIN = Author("9", "Boss", is_admin=True)


@dataclass
class RecordingSink:
    """A sink that records everything; it numbers its messages."""

    replies: list[Reply] = field(default_factory=list)
    frames: list[Reply] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    failing: bool = False

    async def typing(self) -> None:
        return

    async def update(self, reply: Reply) -> None:
        self.frames.append(reply)

    async def send(self, reply: Reply) -> tuple[str, ...]:
        if self.failing:
            raise ConnectionError("the platform is gone")
        self.replies.append(reply)
        self.ids.append(f"m{id(reply)}")
        return (self.ids[-1],)


@dataclass
class Talk:
    """One channel; ``await talk("+undo")`` sends a message and returns the last reply."""

    dispatcher: Dispatcher
    engine: FakeEngine
    channel: str = "c"
    author: Author = ADMIN
    guild: str | None = None
    platform: str = "test"
    sink: RecordingSink = field(default_factory=RecordingSink)

    async def __call__(self, text: str = "", **fields: Any) -> Reply:
        before = len(self.sink.replies)
        await self.dispatcher.handle(self.message(text, **fields), self.sink)
        assert len(self.sink.replies) > before, f"no answer to {text[:60]!r}"
        return self.sink.replies[-1]

    async def say(self, text: str, **fields: Any) -> str:
        return in_one(await self(text, **fields)).text

    def origin(self, **fields: Any) -> Origin:
        values: dict[str, Any] = {
            "platform": self.platform, "channel": self.channel, "author": self.author,
            "guild": self.guild, "is_group": self.guild is not None,
        }  # fmt: skip
        return Origin(**(values | fields))

    def message(self, text: str = "", **fields: Any) -> Event:
        """Build an event from fields of Origin and Said; with a ``command``, a Called event."""
        known = Origin.__dataclass_fields__
        origin = self.origin(**{name: value for name, value in fields.items() if name in known})
        rest = {name: value for name, value in fields.items() if name not in known}
        return Called(origin=origin, **rest) if "command" in rest else Said(origin=origin, text=text, **rest)

    async def conversation(self) -> Conversation:
        return await self.conversations.open(self.platform, self.channel, self.guild)

    @property
    def conversations(self) -> Conversations:
        return self.dispatcher.services.conversations

    def read(self, which: int = -1) -> str:
        """Everything that the model had read before it wrote, in request number ``which``."""
        request = self.engine.requests[which]
        return self.engine.coder.decode([*self.engine.tokens_of(request.state), *request.tokens])


def file(name: str, data: bytes) -> tuple[Attachment, ...]:
    return (Attachment(name, data),)


@asynccontextmanager
async def talking(
    folder: Path,
    *prompts: ChatPrompt,
    engine: FakeEngine | None = None,
    config: Mapping[str, Any] | None = None,
    **services: Any,
) -> AsyncIterator[Talk]:
    """A conversation with a fresh bot; ``config`` is the content of bot.toml."""
    engine = engine or FakeEngine()
    table = {"bot": {"data": str(folder / "data")}, "plugins": {"folder": str(folder / "plugins")}} | dict(config or {})
    async with (
        open_conversations(folder, engine, *prompts, **services) as conversations,
        open_dispatcher(Config.model_validate(table), conversations) as dispatcher,
    ):
        yield Talk(dispatcher, engine)
