"""/api/stage: a scene as its view shows it, and the pictures of those who speak in it."""

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.errors import NotFound
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import visitor_of
from bot.policy.scopes import character_scope

LINES_SHOWN = 300
NOTHING: Mapping[str, object] = {"on": False, "marks": []}
Shown = Callable[[Sequence[str]], Awaitable[Sequence[str]]]  # texts as they may be shown


class Line(Protocol):
    """A turn of the tree."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def speaker(self) -> str:
        """Who says it; "" is told."""

    @property
    def output(self) -> str:
        """The words."""

    @property
    def scene(self) -> Mapping[str, object]:
        """``heard`` and ``whisper``."""


class Role(Protocol):
    """Somebody of the cast."""

    @property
    def player(self) -> bool:
        """Whether a person plays them."""

    @property
    def character(self) -> str:
        """Whose picture they have; may be empty."""

    @property
    def picture(self) -> bool:
        """Whether one lies beside the scene."""


class Stage(Protocol):
    """How a scene stands."""

    @property
    def rules(self) -> Mapping[str, object]:
        """Of the scene."""

    @property
    def roles(self) -> Mapping[str, Role]:
        """Everybody who has been in it."""

    @property
    def present(self) -> Sequence[str]:
        """Who is there."""

    @property
    def voices(self) -> Sequence[str]:
        """Who may speak beside the cast."""

    @property
    def lines(self) -> Sequence[Line]:
        """All lines, pending ones included."""

    @property
    def last_speaker(self) -> str:
        """Who spoke last."""


class Scene(Protocol):
    """A channel's scene."""

    @property
    def on(self) -> bool:
        """Whether one is played."""

    async def stage(self) -> Stage:
        """As it stands."""


class Pending(Protocol):
    """Lines that are not accepted yet."""

    async def lines(self) -> Sequence[Line]:
        """The oldest first."""


class Mark(Protocol):
    """A check point."""

    @property
    def name(self) -> str:
        """As it was named."""


class Channel(Protocol):
    """Where a channel stands among its turns."""

    @property
    def settings(self) -> Mapping[str, object]:
        """What is set here."""

    async def siblings(self, node: int | None = None) -> Sequence[Line]:
        """All candidates for a line."""

    async def saves(self) -> Sequence[Mark]:
        """Check points, the newest first."""


class Conversation(Protocol):
    """A channel's conversation."""

    @property
    def channel(self) -> Channel:
        """Its turns."""

    @property
    def scene(self) -> Scene:
        """Its scene."""

    @property
    def pending(self) -> Pending:
        """Its pending lines."""

    async def picture(self, speaker: str, scope: str) -> bytes | None:
        """A small PNG of somebody in the scene."""


class Conversations(Protocol):
    """All channels."""

    async def find(self, platform: str, channel: str) -> Conversation | None:
        """The conversation of a channel; None where nobody has spoken yet."""


def stage_routes(conversations: Conversations) -> Callable[[Site], APIRouter]:
    return functools.partial(_router, conversations)


def _router(conversations: Conversations, site: Site) -> APIRouter:
    router = APIRouter(prefix="/api/stage")

    @router.get("")
    async def stage(request: Request) -> Response:
        visitor = visitor_of(request)
        conversation = None if visitor.is_new else await conversations.find("web", visitor.channel)
        if conversation is None:
            return JSONResponse(NOTHING)
        marks = [mark.name for mark in await conversation.channel.saves()]
        if not conversation.scene.on:
            return JSONResponse({"on": False, "marks": marks})
        origin = site.origin(request, visitor)
        values = await stage_values(conversation, lambda texts: site.turns.shown(origin, texts))
        return JSONResponse(values | {"marks": marks})

    @router.get("/picture")
    async def picture(request: Request, name: str) -> Response:
        visitor = visitor_of(request)
        conversation = None if visitor.is_new else await conversations.find("web", visitor.channel)
        found = None
        if conversation is not None and conversation.scene.on:
            found = await conversation.picture(name, character_scope(site.origin(request, visitor)))
        if found is None:
            raise NotFound("There is no picture of {name}.", name=name[:40])
        return Response(found, media_type="image/png", headers={"Cache-Control": "private, max-age=60"})

    return router


async def stage_values(conversation: Conversation, shown: Shown) -> dict[str, object]:
    """A scene as JSON values: its last lines, the candidates for the last one, who is there."""
    stage, waiting = await conversation.scene.stage(), await conversation.pending.lines()
    pending = {line.id for line in waiting}
    lines = stage.lines[-LINES_SHOWN:]
    settings, rules = conversation.channel.settings, stage.rules
    values: dict[str, object] = {key: rules.get(key) for key in ("name", "setting", "memory")}
    return values | {
        "on": True,
        "order": settings.get("scene_order") or rules.get("order") or "manual",
        "number": settings.get("scene_candidates") or 1,
        "cast": [_member(name, role, name in stage.present) for name, role in stage.roles.items()],
        "voices": list(stage.voices),
        "present": list(stage.present),
        "lines": [
            _line(line, text, line.id in pending)
            for line, text in zip(lines, await shown([line.output for line in lines]), strict=True)
        ],
        "candidates": await _candidates(conversation, lines[-1], shown) if lines else [],
        "waiting": len([line for line in waiting if line.output]),
    }  # fmt: skip


def _member(name: str, role: Role, here: bool) -> dict[str, object]:
    return {"name": name, "here": here, "player": role.player, "picture": bool(role.character or role.picture)}


async def _candidates(conversation: Conversation, last: Line, shown: Shown) -> list[dict[str, object]]:
    found = await conversation.channel.siblings(last.id)
    texts = await shown([line.output for line in found])
    return [
        {"number": number, "text": text, "chosen": line.id == last.id}
        for number, (line, text) in enumerate(zip(found, texts, strict=True), 1)
    ]  # fmt: skip


def _line(line: Line, text: str, pending: bool) -> dict[str, object]:
    return {
        "node": line.id, "speaker": line.speaker, "text": text, "pending": pending,
        "heard": line.scene.get("heard") or [], "whisper": bool(line.scene.get("whisper")),
    }  # fmt: skip
