"""The ASGI application: the routes, wrapped in access control, CORS and the guard."""

from collections.abc import Callable, Sequence
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from bot.platforms.web import error_responses
from bot.platforms.web.accounts.account_routes import account_routes
from bot.platforms.web.accounts.identify import Identify
from bot.platforms.web.accounts.join_routes import join_routes
from bot.platforms.web.accounts.owner_account_routes import owner_account_routes
from bot.platforms.web.accounts.reset_routes import reset_routes
from bot.platforms.web.accounts.sign_in_routes import sign_in_routes
from bot.platforms.web.bodies import Uploads
from bot.platforms.web.chat_routes import talk_routes
from bot.platforms.web.chatux import chatux_routes
from bot.platforms.web.gallery_routes import gallery_routes
from bot.platforms.web.guard import Guard, GuardPolicy
from bot.platforms.web.health import health_routes
from bot.platforms.web.list_routes import list_routes
from bot.platforms.web.own_pages import OwnPages
from bot.platforms.web.owner_routes import owner_routes
from bot.platforms.web.owner_view_routes import owner_view_routes
from bot.platforms.web.page import page_routes
from bot.platforms.web.reading import reading_routes
from bot.platforms.web.route_context import Site
from bot.platforms.web.search_routes import search_routes
from bot.platforms.web.settings_routes import settings_routes
from bot.platforms.web.share_routes import share_routes
from bot.platforms.web.template import render_sign_in
from bot.platforms.web.token_access import TokenAccess
from bot.platforms.web.tree_routes import tree_routes
from bot.platforms.web.turn_routes import turn_routes
from bot.platforms.web.view_texts import view_texts_routes

Routes = Callable[[Site], APIRouter]
ROUTERS: tuple[Routes, ...] = (
    page_routes,
    view_texts_routes,
    owner_routes,
    owner_view_routes,
    list_routes,
    talk_routes,
    reading_routes,
    settings_routes,
    tree_routes,
    gallery_routes,
    chatux_routes,
    health_routes,
    search_routes,
    turn_routes,
    share_routes,
    sign_in_routes,
    join_routes,
    reset_routes,
    account_routes,
    owner_account_routes,
)


def build_application(site: Site, more: Sequence[Routes] = ()) -> ASGIApp:
    """Build the application served on the web port. ``more``: routes that belong to other platforms."""
    config = site.config
    routes = FastAPI(title=site.name, openapi_url=None)
    error_responses.install(routes, site.language)
    for router in (*ROUTERS, *more):
        routes.include_router(router(site))
    if config.pages:
        routes.mount("/", OwnPages(Path(config.pages)))  # last: it matches every path
    small, files = config.max_body_kb * 1024, config.max_upload_mb << 20
    app: ASGIApp = Uploads(routes, small=small, large=small + files * 4 // 3 + 4, language=site.language)
    app = _identified(app, site)
    app = CORSMiddleware(
        app,
        allow_origins=config.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type"],
        allow_private_network=True,
    )
    policy = GuardPolicy(
        host=config.host,
        allowed_hosts=config.allowed_hosts,
        origins=config.cors_origins,
        max_body=small,
        language=site.language,
    )
    return Guard(app, policy)


def _identified(app: ASGIApp, site: Site) -> ASGIApp:
    """Wrap ``app`` so that it needs the token or an account, where these are configured."""
    if token := site.config.token.get_secret_value():
        has_accounts = site.accounts is not None

        def form(language: str, wrong: bool) -> str:
            return render_sign_in(language, site.name, wrong=wrong, accounts=has_accounts)

        app = TokenAccess(app, token, is_known=site.is_known, failures=site.failures, language=site.language, form=form)
    return Identify(app, site.accounts.accounts.browsers, site.language) if site.accounts else app
