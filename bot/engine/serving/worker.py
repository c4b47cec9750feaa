"""The boundary between asyncio and the engine's thread: requests go in by queue, results out by loop callbacks.

One thread loads the model, owns it, and steps the engine while there is work. Every request is a message; every
result, including errors, is delivered to its requester with ``call_soon_threadsafe``.
"""

import asyncio
import logging
import queue
import sys
import threading
import warnings
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from bot.engine.models.tuned_state import read_tuned_row
from bot.engine.serving.batch_engine import Engine
from bot.engine.serving.mailbox import Mailbox
from bot.engine.serving.sequence import Job
from bot.engine.serving.thread_messages import Call, Cancel, Inbox, Message, ResultBatch, Stop, Submit
from bot.engine.spec import ModelSpec
from bot.engine.state import RowState
from bot.engine.types import Chunk, Coder, EngineError, EngineInfo, EngineStatus, Request, StateHandle
from bot.errors import ModelError

logger = logging.getLogger(__name__)
SWITCH_SECONDS = 0.0005  # Python's thread switch interval: the model's thread takes the GIL many times a step

Loaded = tuple[Engine, EngineInfo]
Load = Callable[[], Loaded]


class EngineWorker:
    """The engine as seen by the rest of the bot. Belongs to the event loop that awaited ``start``."""

    def __init__(self, load: Load, *, rows: int, queue_limit: int) -> None:
        """``load`` runs in the engine's thread when the worker starts; the numbers are only reported by ``status``."""
        self._load = load
        self._rows = rows
        self._queue_limit = queue_limit
        self._inbox = Inbox()
        self._state: Literal["loading", "ready", "failed", "closed"] = "loading"
        self._thread: threading.Thread | None = None
        self._engine: Engine | None = None  # only plain numbers are read here; the rest goes through messages
        self._served: tuple[Coder, EngineInfo] | None = None  # available even after the engine has stopped
        self._helper: ThreadPoolExecutor | None = None  # packs states without blocking the engine

    def __del__(self) -> None:
        if self._thread is not None:
            warnings.warn(f"{self!r} was not closed", ResourceWarning, stacklevel=1, source=self)
            self._tell(Stop())

    async def start(self) -> None:
        """Start the thread and load the model there. Raises what loading raised."""
        if self._thread is not None or self._state != "loading":
            raise RuntimeError("an engine is started once")
        sys.setswitchinterval(SWITCH_SECONDS)
        loop = asyncio.get_running_loop()
        loaded: asyncio.Future[Loaded] = loop.create_future()
        self._helper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="roost-state")
        work = _EngineThread(self._load, self._inbox, ResultBatch(loop))
        self._thread = threading.Thread(target=work.run, args=(loaded,), name="roost-engine", daemon=True)
        self._thread.start()
        try:
            self._engine, info = await loaded
        except BaseException:
            await self.close()
            self._state = "failed"
            raise
        self._served = (self._engine.coder, info)
        self._state = "ready"

    async def close(self) -> None:
        """End the running replies as "cancelled" and join the thread. Idempotent."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._state = "closed"
        self._tell(Stop())
        await asyncio.get_running_loop().run_in_executor(None, thread.join)
        self._engine = None  # frees the weights too
        if self._helper is not None:
            self._helper.shutdown(wait=False)

    @property
    def info(self) -> EngineInfo:
        """The running model; raises ``ModelError`` before ``start`` has finished."""
        return self._ready()[1]

    @property
    def coder(self) -> Coder:
        """The model's tokenizer, thread-safe; raises ``ModelError`` before ``start`` has finished."""
        return self._ready()[0]

    async def stream(self, request: Request) -> AsyncIterator[Chunk]:
        """Run ``request`` and yield the pieces of its replies. Closing the iterator cancels it.

        Raises ``Busy`` if the queue is full, ``InvalidOption`` if the request cannot be run, and ``EngineError`` if
        the engine failed.
        """
        self._check_running()
        if request.grammar is not None and (engine := self._engine) is not None:
            # Compile the grammar outside the model's thread; the engine caches it.
            await asyncio.get_running_loop().run_in_executor(None, engine.grammars.prepare, request.grammar)
        mailbox = Mailbox(request)
        self._inbox.put(Submit(mailbox))
        try:
            while mailbox.open_candidates:
                yield await mailbox.get()
        finally:
            if not mailbox.complete:
                self._tell(Cancel(mailbox))

    async def cancel(self, channel: str) -> int:
        """End all replies of ``channel`` as "cancelled"; return the number of requests ended."""
        if self._condition() != "ready":
            return 0  # everything that ran ended with the engine
        return int(await self._call(lambda engine: engine.cancel(channel)))

    async def export_state(self, state: StateHandle) -> bytes:
        """Serialise ``state``: compressed, with a checksum and the model's fingerprint."""
        row: RowState = await self._call(lambda engine: engine.exported(state))
        return bytes(await self._help(row.to_bytes, self.info.fingerprint))

    async def import_state(self, data: bytes) -> StateHandle:
        """Load the output of ``export_state``. Raises ``ModelError`` if it is damaged or belongs to another model."""
        initial: RowState = await self._call(lambda engine: engine.initial)
        row: RowState = await self._help(initial.from_bytes, data, self.info.fingerprint)
        return StateHandle(row, row.nbytes)

    async def tuned_state(self, path: Path) -> StateHandle:
        """Load the initial state of a state-tuning file. Raises ``ModelError`` if it does not fit this model."""
        initial: RowState = await self._call(lambda engine: engine.initial)
        spec: ModelSpec = await self._call(lambda engine: engine.model.spec)
        row: RowState = await self._help(read_tuned_row, path, spec, initial)
        return StateHandle(row, row.nbytes)

    def status(self) -> EngineStatus:
        """Return a snapshot of the current load."""
        engine = self._engine
        return EngineStatus(
            rows_running=engine.rows_running if engine else 0,
            rows_limit=self._rows,
            queue_length=len(engine.scheduler) if engine else 0,
            queue_limit=self._queue_limit,
            tokens_per_second=engine.written.rate() if engine else 0.0,
            tokens_read=engine.tokens_read if engine else 0,
            tokens_written=engine.written.total if engine else 0,
            state=self._condition(),
        )

    def _condition(self) -> Literal["loading", "ready", "failed", "closed"]:
        if self._state == "ready" and self._inbox.closed:
            return "failed"
        return self._state

    def _ready(self) -> tuple[Coder, EngineInfo]:
        if self._served is None:
            raise ModelError("The model is not loaded yet.")
        return self._served

    def _check_running(self) -> None:
        self._ready()
        if self._condition() != "ready":
            raise EngineError(f"the engine is {self._condition()}")

    async def _call(self, function: Callable[[Engine], Any]) -> Any:
        self._check_running()
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._inbox.put(Call(function, future))
        return await future

    async def _help(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._helper, function, *arguments)

    def _tell(self, message: Message) -> None:
        """Send a message that may be lost if the thread has ended."""
        with suppress(EngineError):
            self._inbox.put(message)


class _EngineThread:
    """The thread's side. It has no reference to the worker, so that an unclosed worker is collected and reported."""

    def __init__(self, load: Load, inbox: Inbox, results: ResultBatch) -> None:
        self._load = load
        self._inbox = inbox
        self._results = results
        self._mailboxes: dict[Job, Mailbox] = {}

    def run(self, loaded: asyncio.Future[Loaded]) -> None:
        """Load the model, then serve until the last message."""
        try:
            engine, info = self._load()
        except BaseException as error:  # whatever it is, the caller awaiting `start` must get it
            self._inbox.close()
            self._results.answer(loaded, error=error)
            return
        self._results.answer(loaded, (engine, info))
        with engine.model.computing():
            self._serve(engine)

    def _serve(self, engine: Engine) -> None:
        failure = EngineError("the engine was closed")
        try:
            while self._listen(engine):
                self._step(engine)
            engine.cancel_all()
            while engine.busy:
                self._step(engine)
        except BaseException as error:
            logger.exception("the engine's thread has failed")
            failure = EngineError("the engine has failed")
            failure.__cause__ = error
        self._refuse(failure)

    def _listen(self, engine: Engine) -> bool:
        """Take all waiting messages, blocking if there is nothing to do; False after the last message."""
        while True:
            try:
                message = self._inbox.get(block=not engine.busy)
            except queue.Empty:
                return True
            if isinstance(message, Stop):
                return False
            self._take(engine, message)

    def _take(self, engine: Engine, message: Message) -> None:
        match message:
            case Submit(mailbox):
                try:
                    self._mailboxes[engine.submit(mailbox.request)] = mailbox
                except Exception as error:  # the requester's own error: Busy, an invalid option
                    self._results.add(mailbox, error)
                    self._results.send()
            case Cancel(mailbox):
                for job in [job for job, box in self._mailboxes.items() if box is mailbox]:
                    del self._mailboxes[job]
                    engine.drop(job)
            case Call(function, future):
                try:
                    self._results.answer(future, function(engine))
                except Exception as error:  # belongs to the caller
                    self._results.answer(future, error=error)

    def _step(self, engine: Engine) -> None:
        for job, result in engine.step():
            mailbox = self._mailboxes.get(job)
            if mailbox is None:
                continue
            self._results.add(mailbox, result)
        for job in [job for job in self._mailboxes if job.closed]:
            del self._mailboxes[job]
        self._results.send()

    def _refuse(self, failure: EngineError) -> None:
        """Report ``failure`` to every waiting caller as the thread ends."""
        for mailbox in self._mailboxes.values():
            self._results.add(mailbox, failure)
        self._mailboxes.clear()
        for message in self._inbox.close():
            if isinstance(message, Submit):
                self._results.add(message.mailbox, failure)
            elif isinstance(message, Call):
                self._results.answer(message.future, error=failure)
        self._results.send()
