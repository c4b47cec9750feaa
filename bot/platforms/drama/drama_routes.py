"""RWKV-Drama's HTTP interface, /API/...: requests, replies and pictures."""

import functools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

from fastapi import APIRouter
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from bot.chat.conversations import Conversations
from bot.errors import InvalidOption, NotAllowed, NotFound, UserError
from bot.events import Author, Dispatcher, Origin
from bot.i18n import translate_error
from bot.library.scenes.drama_files import DramaLine, DramaPlay, log_values
from bot.platforms.drama.drama_bodies import GenerateBody, LineBody, ScenarioBody, changed
from bot.platforms.drama.drama_saves import DramaSaves
from bot.platforms.drama.drama_scene import DramaScene
from bot.platforms.web.guard import from_this_machine
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import network_of

DONE = "操作成功喵"  # the message by which the pages recognize success
TRIED = "尝试输出所有数据"
NOTHING = {
    "ScenarioSeries": "", "ScenarioName": "", "Characters": {"AI": [], "User": []}, "History": [], "Pending": [],
}  # fmt: skip
STATUSES: dict[type[UserError], int] = {NotAllowed: 403, NotFound: 404}
Body = TypeVar("Body", bound=BaseModel)
Call = Callable[[Request, Origin], Awaitable[object]]


def drama_routes(
    channel: str, dispatcher: Dispatcher, conversations: Conversations, folder: Path
) -> Callable[[Site], APIRouter]:
    """Return the routes for the web application. ``channel``: "platform:channel", or a web channel's name."""
    platform, colon, name = channel.partition(":")
    place = (platform, name) if colon else ("web", channel)
    return functools.partial(_router, DramaScene(dispatcher, conversations, place, DramaSaves(folder)))


def _router(scene: DramaScene, site: Site) -> APIRouter:
    router = APIRouter()
    calls = DramaCalls(scene)
    for method, known in (("POST", calls.posted()), ("GET", calls.got())):
        for name, call in known.items():
            router.add_api_route(f"/API/{name}", _route(scene, site, call), methods=[method])

    @router.get("/Save/{series}/{name}/{file}")
    async def picture(series: str, name: str, file: str, request: Request) -> Response:
        speaker = file.removesuffix(".png")
        await site.admit(scene.place(_origin(request, site)))
        if file == speaker:
            return Response(status_code=404)
        series, name, speaker = unquote(series), unquote(name), unquote(speaker)
        if (kept := await scene.kept_picture(series, name, speaker)) is not None:
            return FileResponse(kept, media_type="image/png")
        found = await scene.face(series, name, speaker)
        return Response(found, media_type="image/png") if found else Response(status_code=404)

    return router


def _route(scene: DramaScene, site: Site, call: Call) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            origin = scene.place(_origin(request, site))
            await site.admit(origin)
            async with scene.lock:
                data = await call(request, origin)
        except UserError as error:
            status = STATUSES.get(type(error), 400)
            told = {"Code": status, "Msg": translate_error(error, site.language_of(request)), "Data": None}
            return JSONResponse(told, status)
        done = TRIED if request.url.path.endswith(("/DeBug", "/SysStat")) else DONE
        return JSONResponse({"Code": 200, "Msg": done, "Data": data})

    return answer


def _origin(request: Request, site: Site) -> Origin:
    """Return the request's origin. The user of this machine counts as owner, like a browser with an owner session."""
    author = Author("drama", "RWKV-Drama", is_admin=from_this_machine(request) or site.is_owner(request))
    return Origin(
        platform="web", channel="", author=author, language=site.language_of(request), address=network_of(request)
    )


async def _read(request: Request, kind: type[Body]) -> Body:
    """Parse the body as JSON, whatever its content type. Raises InvalidOption if it is invalid."""
    try:
        return kind.model_validate_json(await request.body() or b"{}")
    except ValidationError as error:
        first = error.errors()[0]
        problem = f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}"
        raise InvalidOption("The request was not understood: {details}", details=problem[:300]) from None


class DramaCalls:
    """Implements the endpoints; each returns the data of its reply."""

    def __init__(self, scene: DramaScene) -> None:
        self._scene = scene

    def posted(self) -> dict[str, Call]:
        return {
            "NewChat": self.new, "LoadChat": self.load, "NewMessage": self.add, "StartGenerate": self.start,
            "GenerateAgain": self.again,
        }  # fmt: skip

    def got(self) -> dict[str, Call]:
        return {
            "Refresh": self.refresh, "UndoLine": self.undo, "NGBackAgain": self.drop_all,
            "SaveAndContinue": self.accept, "SaveToLog": self.save_log, "Config": self.config,
            "SysStat": self.statistics, "DeBug": self.debug, "CurrentToken": self.current,
        }  # fmt: skip

    # --- beginning ----------------------------------------------------------------------------------------------

    async def new(self, request: Request, origin: Origin) -> object:
        body = await _read(request, ScenarioBody)
        await self._scene.new(origin, body.model_dump())
        return body.model_dump()

    async def load(self, request: Request, origin: Origin) -> object:
        await self._scene.load(origin, await request.body())
        return None

    async def save_log(self, request: Request, origin: Origin) -> object:
        await self._scene.save_log()
        return None

    async def config(self, request: Request, origin: Origin) -> object:
        try:
            found = changed(await self._scene.config(), dict(request.query_params))
        except ValidationError as error:
            raise InvalidOption("The request was not understood: {details}", details=str(error)[:300]) from None
        await self._scene.set_config(found)
        return found.model_dump()

    # --- lines --------------------------------------------------------------------------------------------------

    async def _pending(self) -> dict[str, object]:
        return {"Lines_Pending": line_values(await self._scene.pending())}

    async def add(self, request: Request, origin: Origin) -> object:
        await self._scene.add(origin, await _read(request, LineBody))
        return await self._pending()

    async def start(self, request: Request, origin: Origin) -> object:
        return await self._drawn(origin, await _read(request, GenerateBody))

    async def again(self, request: Request, origin: Origin) -> object:
        return await self._drawn(origin, None)

    async def _drawn(self, origin: Origin, wanted: GenerateBody | None) -> object:
        text, drawn = await self._scene.draw(origin, wanted)
        return await self._pending() | {"Reply": text, "Request": drawn.model_dump()}

    async def undo(self, request: Request, origin: Origin) -> object:
        await self._scene.drop(origin, "1")
        return await self._pending()

    async def drop_all(self, request: Request, origin: Origin) -> object:
        await self._scene.drop(origin, "all")
        return None

    async def accept(self, request: Request, origin: Origin) -> object:
        await self._scene.accept(origin)
        return None

    # --- looking ------------------------------------------------------------------------------------------------

    async def refresh(self, request: Request, origin: Origin) -> object:
        try:
            scenario = await self._scene.scenario()
        except NotFound:  # no scene has started: show an empty page
            return NOTHING
        return {
            "ScenarioSeries": scenario["ScenarioSeries"], "ScenarioName": scenario["ScenarioName"],
            "Characters": scenario["CharacterData"], "History": line_values(await self._scene.history()),
            "Pending": line_values(await self._scene.pending()),
        }  # fmt: skip

    async def statistics(self, request: Request, origin: Origin) -> object:
        read = (await self._scene.tokens())["Pending"]
        return {"Statistics": self._scene.statistics.values(), "TokenLength": len(read)}

    async def debug(self, request: Request, origin: Origin) -> object:
        read = await self._scene.tokens()
        model = {
            key: {"tokens_decoded": await self._scene.text(tokens), "token_count": len(tokens)}
            for key, tokens in read.items()
        }  # fmt: skip
        step = await self._scene.text(read["Pending"][len(read["Main"]) :])
        return {"Pending": {"Lines_Pending": line_values(await self._scene.pending()), "StepText": step},
                "Model": model}  # fmt: skip

    async def current(self, request: Request, origin: Origin) -> object:
        return {"Scenario": await self._scene.scenario(), "Chat": line_values(await self._scene.history())}


def line_values(lines: list[DramaLine]) -> list[dict[str, object]]:
    """Return lines in the interface's format."""
    return log_values(DramaPlay(scenario={}, lines=tuple(lines)))
