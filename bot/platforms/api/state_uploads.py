"""``/v1/states``: uploaded states that chats can start from."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.chat.uploaded_states import UploadedState
from bot.errors import Busy
from bot.platforms.api.api_context import ApiContext
from bot.platforms.api.api_errors import ApiResponse
from bot.platforms.api.api_events import Event
from bot.platforms.web.bodies import UPLOAD_SECONDS, read_body

PATH = "/v1/states"
MAX_CONCURRENT = 4  # uploads in memory at the same time
MAX_CONCURRENT_PER_KEY = 2  # so that a slow client cannot lock out the others


def state_routes(context: ApiContext) -> APIRouter:
    router = APIRouter(prefix=PATH)
    reading: list[str] = []  # one key name per running upload

    @router.post("")
    async def upload(request: Request) -> Response:
        """Upload a state: the bytes of an exported one, or a .pth or .safetensors file of a tuned one."""
        caller = await context.caller(request)
        name = caller.key.name
        if len(reading) >= MAX_CONCURRENT or reading.count(name) >= MAX_CONCURRENT_PER_KEY:
            raise Busy("Too many states are being uploaded. Try again in a moment.")
        reading.append(name)
        try:
            limit = context.config.max_state_mb << 20
            receive = await read_body(
                request.headers, request.receive, limit, "[api] max_state_mb", seconds=UPLOAD_SECONDS
            )
            made = await context.states.add(name, (await receive()).get("body", b""))
        finally:
            reading.remove(name)
        return ApiResponse(_shown(made))

    @router.get("")
    async def listed(request: Request) -> Response:
        """The states that are at hand."""
        caller = await context.callers.of(request)
        return ApiResponse({"object": "list", "data": [_shown(each) for each in context.states.of(caller.key.name)]})

    return router


def one_state_routes(context: ApiContext) -> APIRouter:
    router = APIRouter(prefix=PATH)

    @router.get("/{name}")
    async def download(name: str, request: Request) -> Response:
        """Its bytes, which the same model takes again."""
        caller = await context.callers.of(request)
        data = await context.states.export(caller.key.name, name)
        return Response(data, media_type="application/octet-stream")

    @router.delete("/{name}")
    async def delete(name: str, request: Request) -> Response:
        """Forget it."""
        caller = await context.callers.of(request)
        context.states.drop(caller.key.name, name)
        return ApiResponse({"id": name, "object": "state", "deleted": True})

    return router


def _shown(each: UploadedState) -> Event:
    return {"id": each.id, "object": "state", "bytes": each.state.nbytes}
