"""/reset: the target of password reset links. Opening it changes nothing; submitting its form does."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.errors import NotFound, UserError
from bot.i18n import translate
from bot.platforms.web.accounts.account_access import AccountAccess
from bot.platforms.web.accounts.account_pages import Form, no_reset_page, reset_page
from bot.platforms.web.accounts.sign_in_routes import form_fields
from bot.platforms.web.error_responses import Problem, as_problem
from bot.platforms.web.route_context import Site

MAX_CODE_LENGTH = 100


def reset_routes(site: Site) -> APIRouter:
    router = APIRouter()
    if (access := site.accounts) is None:
        return router

    @router.get("/reset")
    async def form(request: Request, code: str = "") -> Response:
        return await _page(site, access, request, code)

    @router.post("/reset")
    async def reset(request: Request) -> Response:
        fields = await form_fields(request)
        code = fields.get("code", "")
        try:
            access.attempt(request)
            account, ended = await access.accounts.reset_password(code[:MAX_CODE_LENGTH], fields.get("password", ""))
        except (Problem, UserError) as error:
            return await _page(site, access, request, code, error)
        site.open_pages.sign_out(ended)
        response = RedirectResponse("./", 303)
        await access.sign_in(request, response, account)
        return response

    return router


async def _page(
    site: Site, access: AccountAccess, request: Request, code: str, error: Problem | UserError | None = None
) -> Response:
    """Show the form, with any error, or say that the link is not valid."""
    language = site.language_of(request)
    try:
        account = await access.accounts.to_reset(code[:MAX_CODE_LENGTH])
    except NotFound:
        return HTMLResponse(no_reset_page(Form(language=language, bot=site.name)), 404)
    if error is None:
        return HTMLResponse(reset_page(Form(language=language, bot=site.name, name=account.name, code=code)))
    problem = as_problem(error)
    words = translate(problem.message, language, **problem.values)
    values = Form(language=language, bot=site.name, name=account.name, code=code, error=words)
    return HTMLResponse(reset_page(values), problem.status, headers=problem.headers)
