"""/sign-in: signing in to an account with a password or a passkey."""

from collections.abc import Mapping
from urllib.parse import parse_qs

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot.accounts.account_names import name_key
from bot.accounts.account_values import Account
from bot.accounts.browser_sessions import known_browser
from bot.errors import NotAllowed, UserError
from bot.i18n import translate
from bot.platforms.web.accounts.account_access import BROWSER_COOKIE, AccountAccess, location_of
from bot.platforms.web.accounts.account_pages import Form, sign_in_page
from bot.platforms.web.error_responses import Problem, as_problem
from bot.platforms.web.route_context import Site

WRONG = "The name or the password is wrong."
FORM_BYTES = 10_000


class CredentialBody(BaseModel):
    """A browser's response to a passkey challenge."""

    model_config = ConfigDict(extra="forbid")

    credential: dict[str, object]


def sign_in_routes(site: Site) -> APIRouter:
    router = APIRouter()
    if (access := site.accounts) is None:
        return router

    @router.get("/sign-in")
    async def form(request: Request) -> Response:
        return HTMLResponse(sign_in_page(Form(language=site.language_of(request), bot=site.name)))

    @router.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        fields = await form_fields(request)
        try:
            account = await _by_password(access, request, fields.get("name", ""), fields.get("password", ""))
        except (Problem, UserError) as error:
            return _again(site, request, error, fields.get("name", ""))
        response = RedirectResponse("./", 303)
        await access.sign_in(request, response, account)
        return response

    _add_passkeys(router, access)
    return router


def _add_passkeys(router: APIRouter, access: AccountAccess) -> None:
    @router.post("/api/sign-in/options")
    async def options(request: Request) -> Response:
        access.attempt(request)
        return JSONResponse(access.accounts.sign_in_options(location_of(request)))

    @router.post("/api/sign-in/passkey")
    async def by_passkey(body: CredentialBody, request: Request) -> Response:
        access.attempt(request)
        account = await access.accounts.by_passkey(location_of(request), body.credential)
        response = Response(status_code=204)
        await access.sign_in(request, response, account)
        return response


async def _by_password(access: AccountAccess, request: Request, name: str, password: str) -> Account:
    """Return the account with this name and password.

    Raises NotAllowed for an unknown name as for a wrong password, and Problem (429) after too many attempts.
    """
    access.attempt(request)
    account = await access.accounts.find(name)
    with access.guess(name_key(name), known_browser(account, request.cookies.get(BROWSER_COOKIE, ""))):
        if not await access.accounts.verify_password(account, password) or account is None:
            raise NotAllowed(WRONG)
    return account


def _again(site: Site, request: Request, error: Problem | UserError, name: str) -> Response:
    problem, language = as_problem(error), site.language_of(request)
    words = translate(problem.message, language, **problem.values)
    form = Form(language=language, bot=site.name, name=name[:64], error=words)
    return HTMLResponse(sign_in_page(form), problem.status, headers=problem.headers)


async def form_fields(request: Request) -> Mapping[str, str]:
    """Return the fields of a submitted form."""
    fields = parse_qs((await request.body())[:FORM_BYTES].decode("utf-8", "replace"))
    return {name: values[0] for name, values in fields.items()}
