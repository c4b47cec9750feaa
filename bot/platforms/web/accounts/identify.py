"""Determines for every request which account it belongs to."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.accounts.browser_sessions import BrowserSessions
from bot.platforms.web.accounts.account_access import COOKIE
from bot.platforms.web.browser_language import language_of
from bot.platforms.web.error_responses import Problem, as_problem, problem_response
from bot.platforms.web.visitors import ACCOUNT, IS_TAKEN

EVENTS = "/api/events"  # exempt: it reports the sign-out to the page, which then reloads
OPEN = ("/api/sign-in/", "/api/join/")
SIGNED_OUT = "roost.signed_out"  # scope key: whether the session in the cookie has ended


class Identify:
    """ASGI middleware. Keeps a page left open after a sign-out from continuing as a different visitor."""

    def __init__(self, app: ASGIApp, browsers: BrowserSessions, language: str) -> None:
        self._app = app
        self._browsers = browsers
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Requests without cookies, such as health checks, need no database."""
        path, request = str(scope["path"]), Request(scope)
        if path == "/" or (request.cookies and not path.startswith("/static/")):
            try:
                await self._identify(request, path)
            except Exception as error:
                response = problem_response(as_problem(error), language_of(request.headers, self._language))
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _identify(self, request: Request, path: str) -> None:
        """Look up the account. Raises Problem (401) if it was signed out, or StoreError."""
        await self._browsers.refresh()
        cookie = request.cookies.get(COOKIE, "")
        account = await self._browsers.find(cookie)
        is_signed_out = bool(cookie) and account is None
        request.scope.update({ACCOUNT: account, IS_TAKEN: self._browsers.is_taken, SIGNED_OUT: is_signed_out})
        if is_signed_out and path.startswith("/api/") and path != EVENTS and not path.startswith(OPEN):
            raise Problem(401, "signed_out", "You were signed out in this browser. Please reload the page.")


def is_signed_out(request: Request) -> bool:
    """Return whether the browser's cookie names a session that has ended."""
    return bool(request.scope.get(SIGNED_OUT))
