"""/api/stage: the current scene, and the pictures of its speakers."""

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import visitor_of
from bot.policy.scopes import character_scope

LINES_SHOWN = 300
NOTHING: Mapping[str, object] = {"on": False, "marks": []}
Shown = Callable[[Sequence[str]], Awaitable[Sequence[str]]]  # applies the plugins' filters


class Line(Protocol):
    """A turn of the tree."""

    @property
    def id(self) -> int:
        """The node's id."""

    @property
    def speaker(self) -> str:
        """The speaker's name; "" for the narrator."""

    @property
    def output(self) -> str:
        """The text."""

    @property
    def scene(self) -> Mapping[str, object]:
        """The keys ``heard`` and ``whisper``."""


class Role(Protocol):
    """A member of the cast."""

    @property
    def player(self) -> bool:
        """Whether a person plays the role."""

    @property
    def character(self) -> str:
        """The character whose picture is used; may be empty."""

    @property
    def picture(self) -> bool:
        """Whether there is a picture of the role next to the scene."""


class Stage(Protocol):
    """The state of a scene."""

    @property
    def rules(self) -> Mapping[str, object]:
        """The scene's rules."""

    @property
    def roles(self) -> Mapping[str, Role]:
        """Every role that has taken part so far."""

    @property
    def present(self) -> Sequence[str]:
        """The names of those present."""

    @property
    def voices(self) -> Sequence[str]:
        """Who may speak besides the cast."""

    @property
    def lines(self) -> Sequence[Line]:
        """All lines, including pending ones."""

    @property
    def last_speaker(self) -> str:
        """The last speaker's name."""


class Scene(Protocol):
    """A channel's scene."""

    @property
    def is_active(self) -> bool:
        """Whether a scene is running."""

    async def stage(self) -> Stage:
        """Return the scene's current state."""


class Pending(Protocol):
    """Lines that are not accepted yet."""

    async def lines(self) -> Sequence[Line]:
        """Return the lines, oldest first."""


class Mark(Protocol):
    """A checkpoint."""

    @property
    def name(self) -> str:
        """The name given by the user."""


class Channel(Protocol):
    """A channel's position in its turn tree."""

    @property
    def settings(self) -> Mapping[str, object]:
        """The channel's settings."""

    async def siblings(self, node: int | None = None) -> Sequence[Line]:
        """Return all candidates for a line."""

    async def saves(self) -> Sequence[Mark]:
        """Return the checkpoints, newest first."""


class Conversation(Protocol):
    """A channel's conversation."""

    @property
    def channel(self) -> Channel:
        """The channel's turns."""

    @property
    def scene(self) -> Scene:
        """The channel's scene."""

    @property
    def pending(self) -> Pending:
        """The pending lines."""

    async def picture(self, speaker: str, scope: str) -> bytes | None:
        """Return a small PNG of a speaker, or None."""


class Conversations(Protocol):
    """The conversations of all channels."""

    async def find(self, platform: str, channel: str) -> Conversation | None:
        """Return the conversation of a channel, or None if nothing was said there yet."""


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
        if not conversation.scene.is_active:
            return JSONResponse({"on": False, "marks": marks})
        origin = site.origin(request, visitor)
        values = await stage_values(conversation, lambda texts: site.turns.shown(origin, texts))
        return JSONResponse(values | {"marks": marks})

    @router.get("/picture")
    async def picture(request: Request, name: str) -> Response:
        visitor = visitor_of(request)
        conversation = None if visitor.is_new else await conversations.find("web", visitor.channel)
        found = None
        if conversation is not None and conversation.scene.is_active:
            found = await conversation.picture(name, character_scope(site.origin(request, visitor)))
        kept = {"Cache-Control": "private, max-age=60"}
        if found is None:
            return Response(status_code=204, headers=kept)
        return Response(found, media_type="image/png", headers=kept)

    return router


async def stage_values(conversation: Conversation, shown: Shown) -> dict[str, object]:
    """Return a scene as JSON values: its last lines, the candidates for the last one, and the cast."""
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
