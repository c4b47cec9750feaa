"""A bot's replicas: which one serves a channel, and which are up."""

import asyncio
import logging
from collections.abc import Callable, Sequence

import aiohttp

from bot.chat.engine import ReplicaView
from bot.engine.types import Coder, EngineInfo
from bot.errors import Busy, ModelError, UserError
from bot.remote.coder_digest import coder_digest
from bot.remote.rendezvous import chosen
from bot.remote.replica import Greeting, Replica
from bot.remote.reply_events import ReplicaLost
from bot.remote.request_body import PROTOCOL

log = logging.getLogger(__name__)

CHECK_SECONDS = 2.0
PATIENCE = 60.0  # seconds at the start in which a replica may still be loading its model
NONE_UP = "No engine answers at the moment. Try again in a moment."
OTHER_VERSION = "It runs another version of Roost than this bot. Update both."
OTHER_MODEL = "It runs another model, precision or tuned state ({theirs}) than the first one ({ours})."
OTHER_CODER = (
    "Its tokenizer is not the one that this bot uses for {model}. Set [model] tokenizer to the file that it was "
    "started with."
)
MakeCoder = Callable[[EngineInfo], Coder]


class Replicas:
    """Replicas in the order of the configuration. A channel keeps its replica as long as that one is up."""

    def __init__(self, urls: Sequence[str], key: str, make_coder: MakeCoder, *, patience: float = PATIENCE) -> None:
        self._urls = tuple(urls)
        self._key = key
        self._make_coder = make_coder
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None
        self._all: list[Replica] = []
        self._checks: list[asyncio.Task[None]] = []
        self._served: tuple[EngineInfo, Coder, str] | None = None  # the model that all of them run

    @property
    def info(self) -> EngineInfo:
        """The model that they run. Raises ``ModelError`` before ``start``."""
        return self._known()[0]

    @property
    def coder(self) -> Coder:
        """Its tokenizer. Raises ``ModelError`` before ``start``."""
        return self._known()[1]

    @property
    def views(self) -> list[ReplicaView]:
        """What is known about each replica."""
        return [ReplicaView(each.url, each.condition, each.reason, each.status) for each in self._all]

    async def start(self) -> None:
        """Find out which model they run, waiting for the first answer. Raises ``ModelError`` if none can be used."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        self._all = [Replica(url, self._key, self._session) for url in self._urls]
        end = asyncio.get_running_loop().time() + self._patience
        while True:
            await asyncio.gather(*(self.check(each) for each in self._all))
            if self.up:
                break
            waiting = any(each.condition == "down" for each in self._all)
            if not waiting or asyncio.get_running_loop().time() >= end:
                reasons = "; ".join(f"{each.url}: {each.reason}" for each in self._all)
                await self.close()
                raise ModelError("[engine] urls: none of the engines can be used. {reasons}", reasons=reasons)
            await asyncio.sleep(min(1.0, self._patience / 10))
        self._checks = [asyncio.create_task(self._watch(each)) for each in self._all]

    async def close(self) -> None:
        """Stop watching and close all connections. Idempotent."""
        for check in self._checks:
            check.cancel()
        await asyncio.gather(*self._checks, return_exceptions=True)
        self._checks = []
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    @property
    def up(self) -> list[Replica]:
        """The replicas that are up."""
        return [each for each in self._all if each.condition == "up"]

    @property
    def all(self) -> Sequence[Replica]:
        """All replicas."""
        return self._all

    def of(self, channel: str, without: Sequence[Replica] = ()) -> Replica:
        """Return the replica that serves ``channel``. Raises ``Busy`` if none is up."""
        choice = [each for each in self.up if each not in without]
        if not choice:
            raise Busy(NONE_UP)
        return chosen(choice, channel, lambda each: each.url)

    def lost(self, replica: Replica, reason: str) -> None:
        """Record that ``replica`` did not answer; it is checked again soon."""
        if replica.condition == "up":
            log.warning("the engine %s does not answer: %s", replica.url, reason)
        if replica.condition != "refused":
            replica.condition, replica.reason = "down", reason

    async def check(self, replica: Replica) -> None:
        """Ask for its status. If it was not up, also check which model it runs."""
        try:
            if replica.condition != "up":
                self._admit(replica, await replica.greeting())
            answer = await replica.ask_status()
            if answer.fingerprint != self.info.fingerprint:
                self._admit(replica, await replica.greeting())
            replica.status = answer.status
            if answer.status.state != "ready":
                raise ReplicaLost(f"its engine is {answer.status.state}")
            await replica.forget_waiting()
        except ReplicaLost as error:
            self.lost(replica, str(error))
        except UserError as error:
            if replica.reason != str(error):
                log.error("the engine %s is not used: %s", replica.url, error)
            replica.condition, replica.reason = "refused", str(error)
        except Exception as error:  # whatever it answered, it is asked again
            self.lost(replica, str(error))

    def _admit(self, replica: Replica, greeting: Greeting) -> None:
        """Mark ``replica`` as up. Raises ``ModelError`` that says why it cannot be used."""
        info = greeting.info
        if greeting.protocol != PROTOCOL:
            raise ModelError(OTHER_VERSION)
        served = self._served
        if served is None:
            coder = self._make_coder(info)
            served = (info, coder, coder_digest(coder))
        ours, _, digest = served
        if info.fingerprint != ours.fingerprint:
            raise ModelError(OTHER_MODEL, theirs=_model(info), ours=_model(ours))
        if greeting.coder != digest:
            raise ModelError(OTHER_CODER, model=info.name)
        self._served = served
        if replica.condition not in ("unknown", "up"):
            log.info("the engine %s answers again", replica.url)
        replica.condition, replica.reason = "up", ""

    async def _watch(self, replica: Replica) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await self.check(replica)

    def _known(self) -> tuple[EngineInfo, Coder, str]:
        if self._served is None:
            raise ModelError("The model is not loaded yet.")
        return self._served


def _model(info: EngineInfo) -> str:
    return f"{info.name}, {info.precision} on {info.device}, {info.fingerprint[:12]}"
