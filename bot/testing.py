"""Support for testing plugins: the real dispatcher and database, with an engine that repeats one sentence."""

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.app import open_dispatcher
from bot.chat.conversations import Conversations
from bot.chat.core import ChatSettings, Core
from bot.chat.retokenizing import Vocabulary
from bot.config.schema import Config
from bot.engine.types import Chunk, Coder, EngineInfo, EngineStatus, Request, StateHandle, Stats
from bot.events import Author, CollectingSink, Origin, Said
from bot.library.prompt_files import Prompts
from bot.store.store import open_store


class ByteCoder:
    """A tokenizer in which each byte is a token, numbered from 1."""

    vocab_size = 257

    def encode(self, text: str) -> list[int]:
        return [byte + 1 for byte in text.encode("utf-8", "replace")]

    def decode(self, tokens: Sequence[int]) -> str:
        return self.decode_bytes(tokens).decode("utf-8", "replace")

    def decode_bytes(self, tokens: Sequence[int]) -> bytes:
        return bytes(token - 1 for token in tokens if token)


class ParrotEngine:
    """Answers everything with ``sentence``."""

    def __init__(self, sentence: str, coder: Coder | None = None) -> None:
        self.coder: Coder = coder or ByteCoder()
        self._answer = f" {sentence}", tuple(self.coder.encode(f" {sentence}"))
        self.info = EngineInfo(
            name="parrot", version="7", fingerprint="parrot", vocab_size=self.coder.vocab_size, layers=1, width=1,
            precision="fp32", device="cpu", state_bytes=1, weight_bytes=1,
        )  # fmt: skip

    async def stream(self, request: Request) -> AsyncIterator[Chunk]:
        """Yield the sentence for each candidate; nothing for a request that only reads."""
        text, tokens = self._answer if request.sampling.max_tokens else ("", ())
        for index in range(request.n):
            yield Chunk(
                text=text, index=index, finish_reason="stop", tokens=tokens, state=StateHandle(None, 1),
                stats=Stats(tokens_read=len(request.tokens), tokens_written=len(tokens)),
            )  # fmt: skip

    async def cancel(self, channel: str) -> int:
        return 0

    async def export_state(self, state: StateHandle) -> bytes:
        return b"s"

    async def import_state(self, data: bytes) -> StateHandle:
        return StateHandle(None, 1)

    async def tuned_state(self, path: Path) -> StateHandle:
        return StateHandle(None, 1)

    def status(self) -> EngineStatus:
        return EngineStatus(
            rows_running=0, rows_limit=1, queue_length=0, queue_limit=1, tokens_per_second=0.0, tokens_read=0,
            tokens_written=0,
        )  # fmt: skip

    async def start(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to close."""


async def talk(
    plugin: Path, *texts: str, settings: Mapping[str, Any] | None = None, says: str = "Indeed.", admin: bool = True
) -> list[str]:
    """Return the bot's replies to ``texts``, sent in order with ``plugin`` loaded. ``says``: the model's only reply.

    Raises AssertionError with the reason if the plugin cannot be loaded.
    """
    sink = CollectingSink()
    with tempfile.TemporaryDirectory() as data:
        plugins = {"folder": str(plugin.parent), "settings": {plugin.stem: dict(settings or {})}}
        config = Config.model_validate({"bot": {"data": data}, "plugins": plugins, "limits": {"user_per_minute": 0}})
        engine = ParrotEngine(says)
        vocabulary = Vocabulary(engine)
        async with open_store("", Path(data), coder=vocabulary) as store:
            core = Core(engine, store, Prompts([]), vocabulary, ChatSettings())
            conversations = Conversations(core)
            async with open_dispatcher(config, conversations) as dispatcher:
                status = dispatcher.services.plugins.status.get(plugin.stem)
                if status is None or status.state != "on":
                    raise AssertionError(f"{plugin}: {status.problem if status else 'not found'}")
                for text in texts:
                    author = Author("tester", "Tester", is_admin=admin)
                    origin = Origin(platform="test", channel="test", author=author)
                    await dispatcher.handle(Said(origin=origin, text=text), sink)
            await conversations.close()
    return [reply.text for reply in sink.replies]
