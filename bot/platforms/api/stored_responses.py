"""``/v1/responses/ID``: stored responses and their input items; deleting and cancelling."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from bot.platforms.api.api_context import ApiContext
from bot.platforms.api.api_errors import ApiResponse, bad_request
from bot.platforms.api.api_events import Event, event_response
from bot.platforms.api.response_answer import replayed_events
from bot.platforms.api.responses import response_channel

Order = Literal["asc", "desc"]
Limit = Annotated[int, Query(ge=1, le=100)]
Name = Annotated[str, Query(max_length=256)]


def kept_response_routes(context: ApiContext) -> APIRouter:
    router = APIRouter(prefix="/v1/responses")

    @router.get("/{name}")
    async def retrieve(
        name: str, request: Request, stream: bool = False, starting_after: Annotated[int, Query(ge=-1)] = -1
    ) -> Response:
        """A response as it was answered; `stream` tells it as events."""
        body = await _body(context, request, name)
        if stream:
            return event_response(_events(body, starting_after))
        return ApiResponse(body)

    @router.delete("/{name}")
    async def delete(name: str, request: Request) -> Response:
        """Forget it, and what nobody else goes on from."""
        caller = await context.callers.of(request)
        await context.responses.delete(caller.key.name, name, "response")
        return ApiResponse({"id": name, "object": "response", "deleted": True})

    @router.post("/{name}/cancel")
    async def cancel(name: str, request: Request) -> Response:
        """End it if it is being written; in any case tell how it stands."""
        caller = await context.callers.of(request)
        if await context.completions.core.engine.cancel(response_channel(caller, name)):
            return ApiResponse({"id": name, "object": "response", "status": "cancelled", "output": []})
        return ApiResponse(await _body(context, request, name))

    return router


def input_item_routes(context: ApiContext) -> APIRouter:
    router = APIRouter(prefix="/v1/responses")

    @router.get("/{name}/input_items")
    async def input_items(
        name: str, request: Request, limit: Limit = 20, order: Order = "desc", after: Name = ""
    ) -> Response:
        """What had been sent."""
        caller = await context.callers.of(request)
        found = await context.responses.find(caller.key.name, name, "response")
        return sent_page(found.input, limit, order, after)

    return router


def sent_page(sent: Sequence[object], limit: int, order: Order, after: str) -> Response:
    """Return one page of the input. Raises ApiError if ``after`` is not in it."""
    items = [item for item in sent if isinstance(item, dict)]
    return ApiResponse(page_of(items if order == "asc" else items[::-1], limit, after))


def page_of(items: list[dict[str, object]], limit: int, after: str) -> Event:
    """Return one page of a list in OpenAI's format. Raises ApiError if ``after`` is not in it."""
    if after:
        place = next((place for place, item in enumerate(items) if item["id"] == after), None)
        if place is None:
            raise bad_request(f"after: there is no item {after[:64]!r}.", "after")
        items = items[place + 1 :]
    shown = items[:limit]
    return {
        "object": "list", "data": shown, "has_more": len(items) > limit,
        "first_id": shown[0]["id"] if shown else None, "last_id": shown[-1]["id"] if shown else None,
    }  # fmt: skip


async def _body(context: ApiContext, request: Request, name: str) -> Mapping[str, object]:
    caller = await context.callers.of(request)
    return (await context.responses.find(caller.key.name, name, "response")).body


async def _events(body: Mapping[str, object], after: int) -> AsyncGenerator[Event]:
    for event in replayed_events(body, after):
        yield event
