"""/api/owner/accounts: the owner's list of accounts and invitations."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from bot.platforms.web.accounts.account_access import AccountAccess
from bot.platforms.web.accounts.account_removal import remove_account
from bot.platforms.web.error_responses import Problem
from bot.platforms.web.route_context import Site


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class InvitationBody(_Body):
    """A new invitation."""

    note: Annotated[str, Field(max_length=100)] = ""
    days: Annotated[int, Field(ge=1, le=90)] = 7


class InvitationName(_Body):
    """The invitation to act on."""

    name: Annotated[str, Field(min_length=1, max_length=64)]


class AccountNumber(_Body):
    """The account to act on."""

    id: Annotated[int, Field(ge=1, lt=2**63)]


def owner_account_routes(site: Site) -> APIRouter:
    router = APIRouter(prefix="/api/owner/accounts", dependencies=[Depends(site.check_owner)])
    if (access := site.accounts) is None:

        @router.get("")
        async def none() -> Response:
            raise Problem(404, "not_installed", "Accounts need two more packages: pip install 'roost[accounts]'")

        return router

    @router.get("")
    async def accounts() -> Response:
        return JSONResponse(await _values(access))

    _add_links(router, access)

    @router.post("/sign-out")
    async def sign_out(body: AccountNumber) -> Response:
        site.open_pages.sign_out(await access.accounts.browsers.end(body.id))
        return Response(status_code=204)

    @router.post("/remove")
    async def remove(body: AccountNumber) -> Response:
        await remove_account(site, access, await access.accounts.get(body.id))
        return Response(status_code=204)

    return router


def _add_links(router: APIRouter, access: AccountAccess) -> None:
    @router.post("/invite")
    async def invite(body: InvitationBody) -> Response:
        code = await access.accounts.invitations.make(body.note, body.days)
        return JSONResponse({"path": f"join?code={code}"})

    @router.post("/revoke")
    async def revoke(body: InvitationName) -> Response:
        await access.accounts.invitations.revoke(body.name)
        return Response(status_code=204)

    @router.post("/reset")
    async def reset(body: AccountNumber) -> Response:
        code = await access.accounts.reset_code(await access.accounts.get(body.id))
        return JSONResponse({"path": f"reset?code={code}"})


async def _values(access: AccountAccess) -> dict[str, object]:
    return {
        "accounts": [
            {"id": one.id, "name": one.name, "created": one.created.timestamp(), "browsers": one.browsers,
             "passkeys": one.passkeys, "used": one.used.timestamp() if one.used else None}
            for one in await access.accounts.all()
        ],
        "invitations": [
            {"name": one.id, "note": one.note, "expires": one.expires.timestamp()}
            for one in await access.accounts.invitations.all()
        ],
    }  # fmt: skip
