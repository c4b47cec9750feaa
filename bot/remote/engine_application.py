"""The ASGI application of `roost engine`: the engine's protocol for bots on other machines."""

import asyncio
import logging
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.chat.engine import Engine
from bot.engine.types import Request, StateHandle
from bot.errors import Busy, UserError
from bot.platforms.web.bodies import read_body
from bot.platforms.web.error_responses import Problem
from bot.platforms.web.event_stream import Event, EventStream
from bot.platforms.web.guard import Guard, GuardPolicy
from bot.remote.coalescing import coalesced
from bot.remote.coder_digest import coder_digest
from bot.remote.key_check import KeyCheck
from bot.remote.replica_states import ReplicaStates
from bot.remote.reply_events import StateMissing, Unavailable, chunk_payload, error_payload
from bot.remote.request_body import MODEL_HEADER, PROTOCOL, CancelBody, NamesBody, RenameBody, RequestBody
from bot.remote.running_replies import RunningReplies

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.05  # pieces of a reply sent together
MAX_BODY_BYTES = 16 << 20  # bytes of JSON: a million tokens
MAX_UPLOADS = 4  # states being sent or received
UPLOAD_SECONDS = 60.0
UPLOADS = "/engine/states"
UPLOAD_SETTING = "twice a state of the model"
TUNED_SUFFIXES = (".pth", ".safetensors")
B = TypeVar("B", bound=BaseModel)
Answer = Callable[[HttpRequest], Awaitable[Response]]


def build_application(
    engine: Engine, states: ReplicaStates, *, host: str, key: str = "", running: RunningReplies | None = None
) -> ASGIApp:
    """Create the application for bots that present ``key``. ``engine`` must be started; ``host`` is its address."""
    routes = EngineRoutes(engine, states, RunningReplies() if running is None else running)
    app: ASGIApp = Starlette(routes=routes.all())
    policy = GuardPolicy(host=host, allowed_hosts=("*",) if key else (), max_body=MAX_BODY_BYTES,
                         late_bodies=frozenset({UPLOADS}))  # fmt: skip
    return KeyCheck(Guard(app, policy), key)


class EngineRoutes:
    """The routes of one engine."""

    def __init__(self, engine: Engine, states: ReplicaStates, running: RunningReplies) -> None:
        self._engine = engine
        self._states = states
        self._running = running
        self._coder = coder_digest(engine.coder)
        self._uploads = asyncio.Semaphore(MAX_UPLOADS)

    def all(self) -> list[Route]:
        """Return every route; errors are sent as JSON."""
        answers: list[tuple[str, str, Answer]] = [
            ("POST", "/engine/requests", self._request),
            ("POST", "/engine/cancel", self._cancel),
            ("POST", UPLOADS, self._upload),
            ("POST", "/engine/states/known", self._known),
            ("POST", "/engine/states/rename", self._rename),
            ("POST", "/engine/states/forget", self._forget),
            ("GET", "/engine/states/{name}", self._download),
        ]
        return [
            Route("/engine", partial(_told, self._info)),
            Route("/engine/status", partial(_told, self._status)),
            *(Route(path, partial(_told, partial(self._of_model, answer)), methods=[method])
              for method, path, answer in answers),
        ]  # fmt: skip

    async def _of_model(self, answer: Answer, http: HttpRequest) -> Response:
        """Call ``answer`` if the request is meant for this engine's model. Raises ``Unavailable``."""
        own = self._engine.info.fingerprint
        if http.headers.get(MODEL_HEADER, own) != own:
            raise Unavailable(f"it runs another model ({own[:12]}) than the one that was asked for")
        return await answer(http)

    async def _info(self, _: HttpRequest) -> Response:
        return JSONResponse({"info": asdict(self._engine.info), "coder": self._coder, "protocol": PROTOCOL})

    async def _status(self, _: HttpRequest) -> Response:
        status = self._engine.status()
        if self._running.draining and status.state == "ready":
            status = replace(status, state="draining")
        return JSONResponse({"status": asdict(status), "fingerprint": self._engine.info.fingerprint})

    # --- replies ------------------------------------------------------------------------------------------------

    async def _request(self, http: HttpRequest) -> Response:
        status = self._engine.status()
        limit = status.rows_limit + status.queue_limit
        self._running.check(limit)  # before the body is parsed
        body = await _body(http, RequestBody)
        self._running.begin(limit)
        events = self._events(body)
        return EventStream(events, partial(self._ended, events))

    async def _ended(self, events: "AsyncIterator[Event]") -> None:
        self._running.end()
        await events.aclose()  # type: ignore[attr-defined]  # a generator; closing it ends the reply

    async def _events(self, body: RequestBody) -> AsyncIterator[Event]:
        try:
            request = await self._named(body)
            stream = coalesced(request, self._engine.stream(request), GATHER_SECONDS)
            async with aclosing(stream):
                async for chunk in stream:
                    ends = chunk.finish_reason is not None and chunk.state is not None
                    yield chunk_payload(chunk, self._states.put(chunk.state) if ends and chunk.state else None)
        except Exception as error:
            if not isinstance(error, UserError | StateMissing):
                log.exception("a reply failed")
            yield error_payload(error)

    async def _named(self, body: RequestBody) -> Request:
        guidance = body.guidance
        return body.request(await self._state(body.state), await self._state(guidance.state if guidance else None))

    async def _state(self, name: str | None) -> StateHandle | None:
        """Return the state called ``name``. Raises ``StateMissing`` if it is no longer here."""
        if name is None:
            return None
        if (state := await self._states.get(name)) is None:
            raise StateMissing(name)
        return state

    async def _cancel(self, http: HttpRequest) -> Response:
        body = await _body(http, CancelBody)
        return JSONResponse({"ended": await self._engine.cancel(body.channel)})

    # --- states -------------------------------------------------------------------------------------------------

    async def _known(self, http: HttpRequest) -> Response:
        body = await _body(http, NamesBody)
        return JSONResponse({"known": sorted(await self._states.known(body.names))})

    async def _rename(self, http: HttpRequest) -> Response:
        body = await _body(http, RenameBody)
        return JSONResponse({"done": await self._states.rename(body.state, body.name)})

    async def _forget(self, http: HttpRequest) -> Response:
        body = await _body(http, NamesBody)
        return JSONResponse({"done": await self._states.forget(body.names)})

    async def _download(self, http: HttpRequest) -> Response:
        async with self._uploads:
            state = await self._state(str(http.path_params["name"]))
            data = await self._engine.export_state(state) if state is not None else b""
        return Response(data, media_type="application/octet-stream")

    async def _upload(self, http: HttpRequest) -> Response:
        """Receive an exported state or, with ``?tuned=.pth``, a tuned-state file."""
        most = 2 * self._engine.info.state_bytes + (1 << 20)
        async with self._uploads:
            receive = await read_body(http.headers, http.receive, most, UPLOAD_SETTING, UPLOAD_SECONDS)
            data = (await receive()).get("body", b"")
            suffix = http.query_params.get("tuned", "")
            state = await (self._tuned(data, suffix) if suffix else self._engine.import_state(data))
        return JSONResponse({"name": self._states.take_in(data, state), "nbytes": state.nbytes})

    async def _tuned(self, data: bytes, suffix: str) -> StateHandle:
        if suffix not in TUNED_SUFFIXES:
            raise UserError("A tuned state must be a {suffixes} file.", suffixes=" or ".join(TUNED_SUFFIXES))
        with tempfile.TemporaryDirectory(prefix="roost-state-") as folder:
            path = Path(folder) / f"state{suffix}"
            await asyncio.to_thread(path.write_bytes, data)
            return await self._engine.tuned_state(path)


async def _told(answer: Answer, http: HttpRequest) -> Response:
    """Call ``answer`` and turn its errors into JSON."""
    try:
        return await answer(http)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        reason = f"{place}: {first['msg']}" if place else str(first["msg"])
        told = UserError("The request was not understood: {reason}", reason=reason[:300])
        return JSONResponse(error_payload(told), 400)
    except Problem as problem:
        told = UserError(problem.message, **problem.values)
        return JSONResponse(error_payload(told), problem.status, headers={"Connection": "close"})
    except StateMissing as error:
        return JSONResponse(error_payload(error), 404)
    except (Busy, Unavailable) as error:
        return JSONResponse(error_payload(error), 503)
    except UserError as error:
        return JSONResponse(error_payload(error), 400)
    except Exception as error:
        log.exception("a bot's request failed (error %s)", secrets.token_hex(4))
        return JSONResponse(error_payload(error), 500)


async def _body(http: HttpRequest, kind: type[B]) -> B:
    """Parse the body as ``kind``. Raises ``ValidationError``."""
    return kind.model_validate_json(await http.body())
