"""/api/account: what the holder of an account can see and change."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.accounts.account_values import Account
from bot.platforms.web.accounts.account_access import COOKIE, AccountAccess, location_of
from bot.platforms.web.accounts.account_removal import remove_account
from bot.platforms.web.accounts.sign_in_routes import CredentialBody
from bot.platforms.web.error_responses import Problem
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import SignedIn, signed_in

NAME_CHARS = 64  # length limit for names that are hashes


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NameBody(_Body):
    """The session or passkey to act on."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_CHARS)]


class PasswordBody(_Body):
    """A new password. ``old`` is "" if there was none."""

    old: Annotated[str, Field(max_length=1000)] = ""
    new: Annotated[str, Field(max_length=1000)]


class NewPasskeyBody(CredentialBody):
    """A passkey that was just created."""

    label: Annotated[str, Field(max_length=200)] = ""


class RemovalBody(_Body):
    """The account's name, typed again to confirm."""

    name: Annotated[str, Field(max_length=200)]


def account_routes(site: Site) -> APIRouter:
    router = APIRouter(prefix="/api/account")
    if (access := site.accounts) is None:
        return router

    @router.get("")
    async def account(request: Request) -> Response:
        return JSONResponse(await _values(access, _signed_in(request)))

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        mine = _signed_in(request)
        site.open_pages.sign_out(await access.accounts.browsers.end(mine.account, name=mine.id))
        return _signed_out()

    @router.post("/delete")
    async def delete(body: RemovalBody, request: Request) -> Response:
        found = await access.accounts.get(_signed_in(request).account)
        if " ".join(body.name.split()) != found.name:
            raise Problem(400, "wrong_name", "The name does not match.")
        await remove_account(site, access, found)
        return _signed_out()

    _add_sessions(router, site, access)
    _add_passkeys(router, access)
    return router


def _add_sessions(router: APIRouter, site: Site, access: AccountAccess) -> None:
    @router.post("/sessions/end")
    async def end(body: NameBody, request: Request) -> Response:
        mine = _signed_in(request)
        site.open_pages.sign_out(await access.accounts.browsers.end(mine.account, name=body.name))
        return Response(status_code=204)

    @router.post("/sessions/end-others")
    async def end_others(request: Request) -> Response:
        await _end_others(site, access, _signed_in(request))
        return Response(status_code=204)

    @router.post("/password")
    async def password(body: PasswordBody, request: Request) -> Response:
        """Change the password and sign out all other browsers: whoever is there may know the old one."""
        mine = _signed_in(request)
        access.attempt(request)
        found = await access.accounts.get(mine.account)
        with access.guess(found.key, mine.id):
            await access.accounts.change_password(found, body.old, body.new)
        await _end_others(site, access, mine)
        return Response(status_code=204)


async def _end_others(site: Site, access: AccountAccess, mine: SignedIn) -> None:
    site.open_pages.sign_out(await access.accounts.browsers.end(mine.account, besides=mine.id))


def _add_passkeys(router: APIRouter, access: AccountAccess) -> None:
    async def mine(request: Request) -> Account:
        return await access.accounts.get(_signed_in(request).account)

    @router.post("/passkeys/options")
    async def options(request: Request) -> Response:
        account = await mine(request)
        access.attempt(request)
        return JSONResponse(await access.accounts.passkey_options(account, location_of(request)))

    @router.post("/passkeys/add")
    async def add(body: NewPasskeyBody, request: Request) -> Response:
        account = await mine(request)
        await access.accounts.add_passkey(account, location_of(request), body.credential, body.label)
        return Response(status_code=204)

    @router.post("/passkeys/remove")
    async def remove(body: NameBody, request: Request) -> Response:
        await access.accounts.remove_passkey(await mine(request), body.name)
        return Response(status_code=204)


def _signed_in(request: Request) -> SignedIn:
    """Return the signed-in account. Raises Problem (401) if there is none."""
    found = signed_in(request)
    if found is None:
        raise Problem(401, "sign_in_needed", "Please sign in first.")
    return found


def _signed_out() -> Response:
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/")
    return response


async def _values(access: AccountAccess, mine: SignedIn) -> dict[str, object]:
    account = await access.accounts.get(mine.account)
    return {
        "name": account.name,
        "password": account.password is not None,
        "sessions": [
            {"name": one.id, "browser": one.browser, "since": one.created.timestamp(), "used": one.used.timestamp(),
             "current": one.id == mine.id}
            for one in await access.accounts.browsers.of(account.id)
        ],
        "passkeys": [
            {"name": one.id, "label": one.label, "used": one.used.timestamp() if one.used else None}
            for one in await access.accounts.passkeys(account)
        ],
    }  # fmt: skip
