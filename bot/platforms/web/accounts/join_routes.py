"""/join: the target of invitation links. Opening it changes nothing; submitting its form creates an account."""

import secrets
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot.accounts.account_values import Account, Identity
from bot.errors import UserError
from bot.i18n import translate
from bot.platforms.web.accounts.account_access import AccountAccess, location_of
from bot.platforms.web.accounts.account_pages import Form, join_page, no_invitation_page
from bot.platforms.web.accounts.sign_in_routes import form_fields
from bot.platforms.web.error_responses import Problem, as_problem
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import channel_name, new_visitor, signed_in, visitor_of

MAX_CODE_LENGTH = 100


class JoinBody(BaseModel):
    """The name for a new account that signs in with a passkey."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(max_length=MAX_CODE_LENGTH)]
    name: Annotated[str, Field(max_length=200)]
    keep: bool = False  # take over this browser's conversations


class JoinedBody(JoinBody):
    """The passkey created for the new account."""

    credential: dict[str, object]


def join_routes(site: Site) -> APIRouter:
    router = APIRouter()
    if (access := site.accounts) is None:
        return router
    _add_form(router, site, access)

    @router.post("/api/join/options")
    async def options(body: JoinBody, request: Request) -> Response:
        access.attempt(request)
        identity = _identity(request, keep=body.keep)
        return JSONResponse(await access.accounts.join_options(body.code, body.name, identity, location_of(request)))

    @router.post("/api/join/passkey")
    async def join_by_passkey(body: JoinedBody, request: Request) -> Response:
        access.attempt(request)
        identity = _identity(request, keep=body.keep)
        account = await access.accounts.join_by_passkey(
            body.code, body.name, identity, location_of(request), body.credential
        )
        return await _joined(access, request, account, Response(status_code=204))

    return router


def _add_form(router: APIRouter, site: Site, access: AccountAccess) -> None:
    @router.get("/join")
    async def form(request: Request, code: str = "") -> Response:
        values = Form(language=site.language_of(request), bot=site.name, code=code, keep=_can_keep(request))
        if len(code) > MAX_CODE_LENGTH or not await access.accounts.invitations.holds(code):
            return HTMLResponse(no_invitation_page(values), 404)
        return HTMLResponse(join_page(values))

    @router.post("/join")
    async def join(request: Request) -> Response:
        fields = await form_fields(request)
        code, name = fields.get("code", "")[:MAX_CODE_LENGTH], fields.get("name", "")[:200]
        try:
            access.attempt(request)
            identity = _identity(request, keep="keep" in fields)
            account = await access.accounts.join(code, name, fields.get("password", ""), identity)
        except (Problem, UserError) as error:
            problem, language = as_problem(error), site.language_of(request)
            words = translate(problem.message, language, **problem.values)
            form = Form(language=language, bot=site.name, name=name, error=words, code=code, keep=_can_keep(request))
            return HTMLResponse(join_page(form), problem.status, headers=problem.headers)
        return await _joined(access, request, account, RedirectResponse("./", 303))


def _can_keep(request: Request) -> bool:
    """Return whether a new account can take over this browser's conversations."""
    return not visitor_of(request).is_new and signed_in(request) is None


def _identity(request: Request, *, keep: bool) -> Identity:
    secret = visitor_of(request).secret if keep and _can_keep(request) else secrets.token_hex(16)
    return Identity(secret, channel_name("cookie", secret))


async def _joined(access: AccountAccess, request: Request, account: Account, response: Response) -> Response:
    """Sign in to the new account.

    The browser becomes a new visitor, so that what is said after signing out does not mix with earlier conversations.
    """
    new_visitor().remember(response, request)
    await access.sign_in(request, response, account)
    return response
