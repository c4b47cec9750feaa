"""Says for every request which account's browser sends it."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.accounts.browsers import Browsers
from bot.platforms.web.accounts.account_desk import COOKIE
from bot.platforms.web.browser_language import language_of
from bot.platforms.web.error_responses import Problem, problem_response
from bot.platforms.web.visitors import ACCOUNT, IS_TAKEN

EVENTS = "/api/events"  # it tells the page, which then is loaded again
OPEN = ("/api/sign-in/", "/api/join/")
SIGNED_OUT = "roost.signed_out"  # in a request's scope: its sign-in has ended


class Identify:
    """ASGI middleware. A page that is still open where an account was signed out does not go on as somebody else."""

    def __init__(self, app: ASGIApp, browsers: Browsers, language: str) -> None:
        self._app = app
        self._browsers = browsers
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = str(scope["path"])
        if not path.startswith("/static/"):
            await self._browsers.refresh()
            request = Request(scope)
            cookie = request.cookies.get(COOKIE, "")
            account = await self._browsers.who(cookie)
            scope[ACCOUNT], scope[IS_TAKEN] = account, self._browsers.is_taken
            scope[SIGNED_OUT] = bool(cookie) and account is None
            if scope[SIGNED_OUT] and path.startswith("/api/") and path != EVENTS and not path.startswith(OPEN):
                problem = Problem(401, "signed_out", "You were signed out in this browser. Please load the page again.")
                await problem_response(problem, language_of(request.headers, self._language))(scope, receive, send)
                return
        await self._app(scope, receive, send)


def is_signed_out(request: Request) -> bool:
    """Whether the browser holds a sign-in that has ended."""
    return bool(request.scope.get(SIGNED_OUT))
