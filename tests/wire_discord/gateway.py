"""The gateway: hello, identify, heartbeat, resume with replay, invalid sessions, scripted disconnects."""

import asyncio
import contextlib
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.wire_discord.world import World

CONTENT_INTENT, GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 15, 1 << 9, 1 << 12
FLUSH = b"\x00\x00\xff\xff"
PRIVATE = ("content", "embeds", "attachments", "components")


@dataclass(slots=True)
class Session:
    """A session, which survives its connection: its events can be replayed."""

    id: str
    shard: int
    shards: int
    intents: int
    sequence: int = 0
    events: list[tuple[int, str, Any]] = field(default_factory=list)
    socket: "Socket | None" = None
    valid: bool = True


class Socket:
    """One connection, compressed if the client requested it."""

    def __init__(self, socket: web.WebSocketResponse, *, compressed: bool) -> None:
        self.socket = socket
        self._packer = zlib.compressobj() if compressed else None

    async def send(self, packet: dict[str, Any]) -> None:
        """Send a packet; it is lost if the connection is gone, as in reality."""
        data = json.dumps(packet)
        with contextlib.suppress(ConnectionError, RuntimeError):
            if self._packer is None:
                await self.socket.send_str(data)
            else:
                packed = self._packer.compress(data.encode())
                await self.socket.send_bytes(packed + self._packer.flush(zlib.Z_SYNC_FLUSH))


class Gateway:
    """All sessions. ``connections`` counts sockets, ``identified`` and ``resumed`` what they did."""

    def __init__(self, world: World, token: str) -> None:
        self._world = world
        self._token = token
        self.sessions: dict[str, Session] = {}
        self.connections = self.identified = self.resumed = 0
        self.offline = False
        self.ready = asyncio.Event()
        self.accepting = asyncio.Event()  # cleared, connections wait before they are accepted
        self.accepting.set()
        self.heartbeat_ms = 5000
        self.refuse_intent = False  # the message content intent is not enabled in the portal
        self.faults: list[str] = []  # violations that no well-behaved client commits
        self._sockets: set[web.WebSocketResponse] = set()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve a connection from hello to its end."""
        if self.offline:
            assert request.transport is not None
            request.transport.abort()
        await self.accepting.wait()
        raw = web.WebSocketResponse(max_msg_size=4096)  # Discord accepts no longer packets
        await raw.prepare(request)
        self.connections += 1
        self._sockets.add(raw)
        socket = Socket(raw, compressed=request.query.get("compress") == "zlib-stream")
        address = str(request.url.with_query(None))
        await socket.send({"op": 10, "d": {"heartbeat_interval": self.heartbeat_ms}})
        session: Session | None = None
        try:
            async for received in raw:
                if received.type is not WSMsgType.TEXT:
                    break
                packet = json.loads(received.data)
                if packet["op"] == 1:
                    await socket.send({"op": 11})
                elif packet["op"] == 2:
                    session = await self._identify(socket, packet["d"], address)
                elif packet["op"] == 6:
                    session = await self._resume(socket, packet["d"])
        finally:
            self._sockets.discard(raw)
            if session is not None and session.socket is socket:
                session.socket = None
        return raw

    async def _identify(self, socket: Socket, data: dict[str, Any], address: str) -> Session | None:
        if data["token"] != self._token:
            await socket.socket.close(code=4004, message=b"Authentication failed.")
            return None
        if self.refuse_intent and data["intents"] & CONTENT_INTENT:
            await socket.socket.close(code=4014, message=b"Disallowed intents.")
            return None
        shard, shards = data.get("shard") or [0, 1]
        session = Session(self._world.ids.next(), shard, shards, data["intents"], socket=socket)
        self.sessions[session.id] = session
        self.identified += 1
        await self._welcome(session, address)
        return session

    async def _welcome(self, session: Session, address: str) -> None:
        own = [number for number in self._world.guilds if self._shard(session, number)]
        await self._tell(
            session, "READY",
            {
                "v": 10, "user": self._world.bot.told(), "session_id": session.id, "private_channels": [],
                "shard": [session.shard, session.shards], "resume_gateway_url": address,
                "application": {"id": self._world.bot.id, "flags": 0},
                "guilds": [{"id": number, "unavailable": True} for number in own],
            },
        )  # fmt: skip
        for number in own:
            await self._tell(session, "GUILD_CREATE", self._world.guild_told(number, [self._world.bot]))
        self.ready.set()

    async def _resume(self, socket: Socket, data: dict[str, Any]) -> Session | None:
        session = self.sessions.get(data["session_id"])
        if session is None or not session.valid or data["token"] != self._token:
            await socket.send({"op": 9, "d": False})
            return None
        if data["seq"] is not None and data["seq"] > session.sequence:
            self.faults.append(f"resumed at {data['seq']}, the last event was {session.sequence}")
        session.socket = socket
        self.resumed += 1
        for sequence, event, told in [each for each in session.events if each[0] > (data["seq"] or 0)]:
            await socket.send({"op": 0, "t": event, "s": sequence, "d": told})
        session.sequence += 1
        await socket.send({"op": 0, "t": "RESUMED", "s": session.sequence, "d": {}})
        self.ready.set()
        return session

    def _shard(self, session: Session, guild: str | None) -> bool:
        return ((int(guild) >> 22) % session.shards if guild else 0) == session.shard

    async def tell(self, event: str, data: dict[str, Any], guild: str | None) -> None:
        """Send an event to every session it concerns; disconnected sessions receive it when they resume."""
        for session in [each for each in self.sessions.values() if each.valid]:
            wanted = GUILD_MESSAGES if guild else DIRECT_MESSAGES
            if not self._shard(session, guild) or (event.startswith("MESSAGE") and not session.intents & wanted):
                continue
            await self._tell(session, event, self._seen_by(session, event, data, guild))

    def _seen_by(self, session: Session, event: str, data: dict[str, Any], guild: str | None) -> dict[str, Any]:
        """Without the content intent, only messages addressed to the bot have content."""
        if session.intents & CONTENT_INTENT or not event.startswith("MESSAGE") or guild is None or "author" not in data:
            return data
        bot = self._world.bot.id
        if data["author"]["id"] == bot or any(user["id"] == bot for user in data["mentions"]):
            return data
        return data | {name: "" if name == "content" else [] for name in PRIVATE}

    async def _tell(self, session: Session, event: str, data: Any) -> None:
        session.sequence += 1
        session.events.append((session.sequence, event, data))
        del session.events[:-2000]
        if session.socket is not None:
            await session.socket.send({"op": 0, "t": event, "s": session.sequence, "d": data})

    async def drop(self, *, code: int | None = None, resumable: bool = True) -> None:
        """End every connection, aborted or closed with a code; afterwards a resume works or not."""
        self.ready.clear()
        for session in self.sessions.values():
            session.valid = session.valid and resumable
            session.socket = None
        for raw in list(self._sockets):
            if code is None and raw._req is not None and raw._req.transport is not None:
                raw._req.transport.abort()
            else:
                await raw.close(code=code or WSCloseCode.OK)

    async def ask_to_reconnect(self) -> None:
        """Ask clients to reconnect, as Discord does now and then to move them: opcode 7."""
        self.ready.clear()
        for session in self.sessions.values():
            if session.socket is not None:
                await session.socket.send({"op": 7, "d": None})
