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
from bot.remote.replica import InfoResponse, Replica
from bot.remote.replica_directory import ReplicaDirectory
from bot.remote.reply_events import ReplicaLost
from bot.remote.request_body import PROTOCOL

log = logging.getLogger(__name__)

CHECK_SECONDS = 2.0
PATIENCE = 60.0  # seconds at the start in which a replica may still be loading its model
REPLACED_SECONDS = 15.0  # for which a request waits if no replica is up
NONE_UP = "No engine answers at the moment. Try again in a moment."
OTHER_VERSION = "It runs another version of Roost than this bot. Update both."
OTHER_MODEL = "It runs another model, precision or tuned state ({theirs}) than the first one ({ours})."
OTHER_CODER = (
    "Its tokenizer is not the one that this bot uses for {model}. Set [model] tokenizer to the file that it was "
    "started with."
)
MakeCoder = Callable[[EngineInfo], Coder]


class Replicas:
    """Replicas in the order of the configuration. A channel keeps its replica as long as that one is up.

    Those of a cluster come and go: one that the cluster no longer lists is used until it stops answering.
    """

    def __init__(
        self, urls: Sequence[str], key: str, make_coder: MakeCoder, *, cluster: str = "", patience: float = PATIENCE
    ) -> None:
        """``cluster``: the address that lists further replicas."""
        self._urls = tuple(urls)
        self._cluster = cluster
        self._directory: ReplicaDirectory | None = None
        self._unlisted = ""  # why the cluster's replicas are not known
        self._key = key
        self._make_coder = make_coder
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None
        self._all: list[Replica] = []
        self._checks: dict[str, asyncio.Task[None]] = {}  # one each, so that none waits for another's time limit
        self._following: asyncio.Task[None] | None = None
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
        if self._cluster:
            self._directory = ReplicaDirectory(self._cluster, self._key, self._session)
        self._all = [Replica(url, self._key, self._session) for url in self._urls]
        end = asyncio.get_running_loop().time() + self._patience
        while True:
            await self.refresh()
            await asyncio.gather(*(self.check(each) for each in self._all))
            if self.up:
                break
            waiting = not self._all or any(each.condition == "down" for each in self._all)
            if not waiting or asyncio.get_running_loop().time() >= end:
                reasons = self._reasons()
                await self.close()
                raise ModelError("[engine]: none of the engines can be used. {reasons}", reasons=reasons)
            await asyncio.sleep(min(1.0, self._patience / 10))
        self._watch_each()
        self._following = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Stop watching and close all connections. Idempotent."""
        tasks = [*self._checks.values(), *([self._following] if self._following is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._checks, self._following = {}, None
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

    async def some(self, channel: str, without: Sequence[Replica] = ()) -> Replica:
        """Like ``of``, but wait for a while if none is up: a dead one may be about to be replaced."""
        end = asyncio.get_running_loop().time() + min(self._patience, REPLACED_SECONDS)
        while True:
            try:
                return self.of(channel, without)
            except Busy:
                if asyncio.get_running_loop().time() >= end:
                    raise
            await asyncio.sleep(0.1)

    def at(self, url: str) -> Replica | None:
        """Return the replica at ``url``, whatever its condition."""
        return next((each for each in self._all if each.url == url), None)

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
                self._verify(await replica.fetch_info())
            answer = await replica.ask_status()
            if answer.fingerprint != self.info.fingerprint:
                self._verify(await replica.fetch_info())
            replica.status, replica.model = answer.status, self.info.fingerprint
            if answer.status.state != "ready":
                raise ReplicaLost(f"its engine is {answer.status.state}")
            if replica.condition not in ("unknown", "up"):
                log.info("the engine %s answers again", replica.url)
            replica.condition, replica.reason = "up", ""
            await self._tell_forgotten(replica)
        except ReplicaLost as error:
            self.lost(replica, str(error))
        except UserError as error:
            if replica.reason != str(error):
                log.error("the engine %s is not used: %s", replica.url, error)
            replica.condition, replica.reason = "refused", str(error)
        except Exception as error:  # whatever it answered, it is asked again
            self.lost(replica, str(error))

    async def _tell_forgotten(self, replica: Replica) -> None:
        """Make it drop deleted states. If its storage cannot do that for now, it can still write replies."""
        try:
            await replica.forget_waiting()
        except Exception as error:  # whatever it answered, it is told again at the next check
            log.info("the engine %s could not delete states yet: %s", replica.url, error)

    def _verify(self, greeting: InfoResponse) -> None:
        """Raise ``ModelError`` with the reason if a replica cannot be used. The first usable one decides the model."""
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

    async def refresh(self) -> None:
        """Ask the cluster, if there is one, which replicas it has."""
        if self._directory is None or self._session is None:
            return
        try:
            urls = await self._directory.urls()
        except ReplicaLost as error:
            if self._unlisted != str(error):
                log.warning("the cluster %s does not list its engines: %s", self._cluster, error)
            self._unlisted = str(error)
            return
        self._unlisted = "" if urls else "it has no engines yet"
        listed = {*urls, *self._urls}
        self._all = [each for each in self._all if each.url in listed or each.condition == "up"]
        known = {each.url for each in self._all}
        self._all += [Replica(url, self._key, self._session) for url in urls if url not in known]

    async def _follow(self) -> None:
        """Follow the cluster's list of replicas."""
        while self._directory is not None:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self.refresh()
            except Exception:  # whatever it answered, it is asked again
                log.exception("the cluster %s could not be asked for its engines", self._cluster)
            self._watch_each()

    def _watch_each(self) -> None:
        current = {each.url: each for each in self._all}
        for url in [url for url in self._checks if url not in current]:
            self._checks.pop(url).cancel()
        for url in [url for url in current if url not in self._checks]:
            self._checks[url] = asyncio.create_task(self._watch(current[url]))

    async def _watch(self, replica: Replica) -> None:
        while True:
            await self.check(replica)
            await asyncio.sleep(CHECK_SECONDS)

    def _reasons(self) -> str:
        reasons = [f"{each.url}: {each.reason}" for each in self._all]
        return "; ".join([*reasons, f"{self._cluster}: {self._unlisted}"] if self._unlisted else reasons)

    def _known(self) -> tuple[EngineInfo, Coder, str]:
        if self._served is None:
            raise ModelError("The model is not loaded yet.")
        return self._served


def _model(info: EngineInfo) -> str:
    return f"{info.name}, {info.precision} on {info.device}, {info.fingerprint[:12]}"
