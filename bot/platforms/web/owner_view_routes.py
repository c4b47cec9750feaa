"""/api/owner: what the bot's owner can see and change on the page. Refused for everyone else."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.platforms.web.owner_tools import OwnerTools
from bot.platforms.web.route_context import OWNER_COOKIE, Site

PREFIX = "/api/owner"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class KeyBody(_Body):
    """A new key of the HTTP API. A limit of 0 means none."""

    name: Annotated[str, Field(max_length=64)]
    per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    tokens_per_day: Annotated[int, Field(ge=0, le=10**12)] = 0


class KeyName(_Body):
    """The key to act on."""

    name: Annotated[str, Field(max_length=64)]


class SessionName(_Body):
    """The owner session to act on."""

    name: Annotated[str, Field(min_length=1, max_length=64)]


class TextBody(_Body):
    """A prompt or a scene."""

    kind: Literal["prompt", "scene"]
    name: Annotated[str, Field(max_length=130)]
    text: str


def owner_view_routes(site: Site) -> APIRouter:
    router = APIRouter(prefix=PREFIX, dependencies=[Depends(site.check_owner)])

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        site.owners.sign_out(request.cookies.get(OWNER_COOKIE, ""))
        response = Response(status_code=204)
        response.delete_cookie(OWNER_COOKIE, path="/")
        return response

    @router.get("/sessions")
    async def sessions(request: Request) -> Response:
        found = site.owners.sessions(request.cookies.get(OWNER_COOKIE, ""))
        return JSONResponse({"sessions": [asdict(session) for session in found]})

    @router.post("/sessions/end")
    async def end(body: SessionName) -> Response:
        site.owners.end(body.name)
        return Response(status_code=204)

    if site.tools is not None:
        _add_looking(router, site, site.tools)
        _add_keys(router, site.tools)
        _add_texts(router, site.tools)
    return router


def _add_looking(router: APIRouter, site: Site, tools: OwnerTools) -> None:
    overview = tools.overview

    @router.get("/status")
    async def status() -> Response:
        return JSONResponse({**overview.load(), "pages_open": len(site.open_pages)})

    @router.get("/overview")
    async def facts(request: Request) -> Response:
        return JSONResponse(await overview.facts(site.language_of(request)))

    @router.get("/updates")
    async def updates() -> Response:
        return JSONResponse(await tools.updates.notes())

    @router.get("/charts")
    async def charts() -> Response:
        return JSONResponse(overview.charts())

    @router.get("/log")
    async def log() -> Response:
        return JSONResponse({"lines": list(overview.log_lines())})

    @router.post("/backup")
    async def back_up() -> Response:
        return JSONResponse({"path": await overview.back_up()})


def _add_keys(router: APIRouter, tools: OwnerTools) -> None:
    @router.get("/keys")
    async def keys() -> Response:
        shown = [
            {"name": key.name, "per_minute": key.per_minute, "tokens_per_day": key.tokens_per_day,
             "created": key.created}
            for key in await tools.keys.all()
        ]  # fmt: skip
        return JSONResponse({"keys": shown})

    @router.post("/keys/add")
    async def add(body: KeyBody) -> Response:
        secret = await tools.keys.add(body.name, per_minute=body.per_minute, tokens_per_day=body.tokens_per_day)
        return JSONResponse({"secret": secret})

    @router.post("/keys/revoke")
    async def revoke(body: KeyName) -> Response:
        await tools.keys.revoke(body.name)
        return Response(status_code=204)


def _add_texts(router: APIRouter, tools: OwnerTools) -> None:
    @router.get("/texts")
    async def texts() -> Response:
        found = await tools.texts.all()
        return JSONResponse({"texts": [{"kind": each.kind, "name": each.name, "own": each.own} for each in found]})

    @router.get("/texts/one")
    async def one(kind: Literal["prompt", "scene"], name: str) -> Response:
        return JSONResponse({"text": await tools.texts.read(kind, name)})

    @router.post("/texts/check")
    async def check(body: TextBody) -> Response:
        problems = await asyncio.to_thread(tools.texts.check, body.kind, body.name, body.text)
        return JSONResponse({"problems": list(problems)})

    @router.post("/texts/save")
    async def save(body: TextBody) -> Response:
        await tools.texts.save(body.kind, body.name, body.text)
        return Response(status_code=204)
