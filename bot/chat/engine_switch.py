"""An engine whose model can be changed while the bot runs, behind the same protocol.

A failed engine is restarted, first at once and then after increasing pauses. Meanwhile requests raise Busy.
"""

import asyncio
import difflib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bot.chat.engine import Engine
from bot.chat.gate import Gate
from bot.engine.types import Chunk, Coder, EngineInfo, EngineStatus, Request, StateHandle
from bot.errors import Busy, NotFound
from bot.tasks import Tasks
from bot.tracing import begin

log = logging.getLogger(__name__)

Build = Callable[[Path], Engine]
SUFFIXES = (".pth", ".safetensors")
MAX_PAUSE = 60.0  # seconds between attempts to restart a failed engine
PATIENCE = 20.0  # seconds that running replies have to finish before they are cut


def traced(last: Chunk | None) -> dict[str, str | int | float]:
    """Return the final attributes of a reply's span, under OpenTelemetry's names where they exist."""
    if last is None or last.stats is None:
        return {"gen_ai.response.finish_reason": (last and last.finish_reason) or "cut"}
    stats = last.stats
    return {
        "gen_ai.response.finish_reason": last.finish_reason or "cut",
        "gen_ai.usage.input_tokens": stats.tokens_read, "gen_ai.usage.output_tokens": stats.tokens_written,
        "gen_ai.server.time_to_first_token": stats.queue_seconds + stats.prefill_seconds,
        "roost.queue_seconds": stats.queue_seconds,
    }  # fmt: skip


class EngineSwitch:
    """Delegates to the current engine. While the model changes, ``gate`` is closed: turns wait and none is lost."""

    def __init__(self, path: Path, build: Build, folders: Sequence[Path] = (), *, pause: float = 1.0) -> None:
        """``pause``: seconds before the second attempt to restart a failed engine; doubled after each attempt."""
        self._path = path
        self._build = build
        self._folders = tuple(folders)
        self._engine = build(path)
        self.gate = Gate()  # every turn passes it
        self._switching = asyncio.Lock()
        self._channels: dict[str, int] = {}  # channel -> number of replies being written
        self._pause = pause
        self._tasks = Tasks("the engine")

    # --- models -------------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Return the names of the available model files."""
        return sorted(self._files())

    @property
    def current(self) -> str:
        """The name of the running model."""
        return self._path.stem

    def _files(self) -> dict[str, Path]:
        found = [path for folder in self._folders for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES]
        return {path.stem: path for path in [*found, self._path] if path.is_file()}

    async def switch(self, name: str) -> None:
        """Switch to another model. Raises NotFound or ModelError and keeps the old one, or Busy."""
        files = self._files()
        if name not in files:
            near = difflib.get_close_matches(name, files, n=1, cutoff=0.3) or sorted(files)[:1]
            raise NotFound('There is no model "{name}". Did you mean "{near}"?', name=name[:60], near=near[0])
        if self._switching.locked():
            raise Busy("The model is already being changed.")
        async with self._switching:
            new = self._build(files[name])
            await new.start()  # both are briefly in memory, so that a failure to load loses nothing
            try:
                async with self.gate.closed(PATIENCE, self._cut):
                    old, self._engine, self._path = self._engine, new, files[name]
            except TimeoutError:
                await new.close()
                raise Busy("Replies are still being written, so the model was not changed. Try again.") from None
            except BaseException:
                await new.close()
                raise
            await old.close()
            log.info("the model is now %s", name)

    async def _cut(self) -> None:
        """End the replies that take too long; what was written is kept."""
        for channel in list(self._channels):
            await self._engine.cancel(channel)

    # --- the Engine protocol ------------------------------------------------------------------------------------

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    @property
    def coder(self) -> Coder:
        """The running model's tokenizer."""
        return self._engine.coder

    async def stream(self, request: Request) -> AsyncIterator[Chunk]:
        """Run ``request`` on the current model. Raises Busy while a failed engine is being restarted."""
        if self._restarting():
            raise Busy("The model has stopped and is being restarted. Try again in a moment.")
        channel = request.channel
        self._channels[channel] = self._channels.get(channel, 0) + 1
        end, last = begin(f"chat {self.info.name}", {"gen_ai.provider.name": "rwkv"}), None
        try:
            async for chunk in self._engine.stream(request):
                last = chunk
                yield chunk
        finally:
            end(traced(last))
            self._channels[channel] -= 1
            if not self._channels[channel]:
                del self._channels[channel]
            self._restarting()

    async def cancel(self, channel: str) -> int:
        return await self._engine.cancel(channel)

    async def export_state(self, state: StateHandle) -> bytes:
        return await self._engine.export_state(state)

    async def import_state(self, data: bytes) -> StateHandle:
        return await self._engine.import_state(data)

    async def tuned_state(self, path: Path) -> StateHandle:
        return await self._engine.tuned_state(path)

    def status(self) -> EngineStatus:
        status = self._engine.status()
        return replace(status, state="loading") if self._tasks else status

    def _restarting(self) -> bool:
        """Return whether a failed engine is being restarted, starting that if needed."""
        if not self._tasks and self._engine.status().state == "failed":
            self._tasks.spawn(self._start_again(self._engine))
        return bool(self._tasks)

    async def _start_again(self, failed: Engine) -> None:
        pause = self._pause
        while True:
            async with self._switching:
                if self._engine is not failed:  # another model has been chosen
                    return
                try:
                    await self._replace_failed()
                    return
                except Exception:
                    log.exception("the engine could not be started again; the next try comes in %g s", pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, MAX_PAUSE)

    async def _replace_failed(self) -> None:
        log.error("the engine has failed and is started again")
        await self._engine.close()  # frees memory; the object stays for its tokenizer and status
        new = self._build(self._path)
        await new.start()
        self._engine = new
        log.info("the engine runs again")

    async def start(self) -> None:
        """Load the first model."""
        await self._engine.start()

    async def close(self) -> None:
        await self._tasks.finish()
        await self._engine.close()
