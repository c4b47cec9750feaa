"""/api/stage/scenes: the scenes that a visitor is playing, and those that can begin."""

import asyncio
import functools
from collections.abc import Callable, Sequence
from typing import Protocol

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.events import Origin
from bot.platforms.web.compression import compressed
from bot.platforms.web.conversation_list import Entry
from bot.platforms.web.route_context import Site
from bot.platforms.web.stage_routes import Conversations, Role
from bot.platforms.web.visitors import Visitor, conversation_channel, visitor_of
from bot.policy.scopes import character_scope

MAX_PLAYING = 20  # listed; each costs a look at its path
TEXT_CHARS = 200  # of a setting or a last line
MAX_CONCURRENT_PICTURES = 2  # decoding a 40-megapixel picture takes a second
PICTURE_SECONDS = 300  # how long browsers cache a picture


class Member(Protocol):
    """A member of a scene's cast."""

    @property
    def name(self) -> str: ...

    @property
    def character(self) -> str:
        """The character whose picture is used; may be empty."""

    @property
    def picture(self) -> bool:
        """Whether there is a picture of the role next to the scene."""


class Outline(Protocol):
    """A scene that can begin."""

    @property
    def id(self) -> str:
        """Series and name."""

    @property
    def name(self) -> str: ...

    @property
    def language(self) -> str: ...

    @property
    def setting(self) -> str:
        """The beginning of the setting."""

    @property
    def cast(self) -> Sequence[Member]: ...

    @property
    def problem(self) -> str:
        """Why the file cannot be read."""


class Scenes(Protocol):
    """The scene files."""

    async def outlines(self) -> Sequence[Outline]:
        """Return the scenes in order of their ids, up to a limit."""

    async def outline(self, name: str) -> Outline | None:
        """Return one scene, or None."""

    async def face(self, name: str, speaker: str) -> bytes | None:
        """Return a small picture of a speaker from the scene's folder, or None."""


def scene_list_routes(conversations: Conversations, scenes: Scenes) -> Callable[[Site], APIRouter]:
    return functools.partial(_router, conversations, scenes)


def _router(conversations: Conversations, scenes: Scenes, site: Site) -> APIRouter:
    router = APIRouter(prefix="/api/stage/scenes")
    decoding = asyncio.Semaphore(MAX_CONCURRENT_PICTURES)

    @router.get("")
    async def listed(request: Request) -> Response:
        visitor = visitor_of(request)
        origin = site.origin(request, visitor)
        await site.admit(origin)
        entries = [] if visitor.is_new else [each for each in await site.list.entries(visitor.id) if each.scene]
        playing = [await _playing(site, origin, conversations, visitor, each) for each in entries[:MAX_PLAYING]]
        language, owner = site.language_of(request), site.is_owner(request)
        known = [each for each in await scenes.outlines() if owner or not each.problem]
        known.sort(key=lambda each: each.language != language)
        values = {"playing": [each for each in playing if each], "scenes": [_outline(each) for each in known]}
        return compressed(JSONResponse(values), request)

    @router.get("/picture")
    async def picture(scene: str, name: str, request: Request) -> Response:
        origin = site.origin(request, visitor_of(request))
        await site.admit(origin)
        async with decoding:
            found = await _picture(site, scenes, origin, scene, name)
        kept = {"Cache-Control": f"private, max-age={PICTURE_SECONDS}"}
        if found is None:
            return Response(status_code=204, headers=kept)
        return Response(found, media_type="image/png", headers=kept)

    return router


async def _playing(
    site: Site, origin: Origin, conversations: Conversations, visitor: Visitor, entry: Entry
) -> dict[str, object] | None:
    """Return what the list shows of a scene; None if it is no longer being played."""
    conversation = await conversations.find("web", conversation_channel(visitor.secret, entry.id))
    if conversation is None or not conversation.scene.is_active:
        return None
    stage = await conversation.scene.stage()
    last = stage.lines[-1] if stage.lines else None
    (text,) = await site.turns.shown(origin, [last.output if last else ""])
    return {
        "id": entry.id, "title": entry.title, "name": stage.rules.get("name"), "used": entry.used,
        "cast": [_role(name, role) for name, role in stage.roles.items()], "lines": len(stage.lines),
        "last": {"speaker": last.speaker if last else "", "text": text[:TEXT_CHARS]},
    }  # fmt: skip


def _outline(outline: Outline) -> dict[str, object]:
    return {
        "id": outline.id, "name": outline.name, "language": outline.language, "setting": outline.setting[:TEXT_CHARS],
        "cast": [_role(each.name, each) for each in outline.cast], "problem": outline.problem,
    }  # fmt: skip


def _role(name: str, role: Member | Role) -> dict[str, object]:
    return {"name": name, "picture": bool(role.character or role.picture)}


async def _picture(site: Site, scenes: Scenes, origin: Origin, scene: str, name: str) -> bytes | None:
    outline = await scenes.outline(scene)
    member = next((each for each in outline.cast if each.name == name), None) if outline else None
    if member is None:
        return None
    if member.character:
        return await site.characters.face(member.character, character_scope(origin))
    return await scenes.face(scene, name) if member.picture else None
