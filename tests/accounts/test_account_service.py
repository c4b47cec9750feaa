"""Accounts: created once per invitation, opened only by their password or passkeys."""

import pytest

from bot.accounts.account_service import Accounts
from bot.accounts.account_values import Account, BrowserLocation, Identity
from bot.errors import InvalidOption, NotAllowed, NotFound
from tests.accounts.soft_passkey import PRESENT, SoftPasskey

HERE = BrowserLocation("roost.example", "https://roost.example:8443", "203.0.113.9")
PASSWORD = "correct horse battery"


def identity(number: int = 1) -> Identity:
    return Identity(f"{number:032x}", f"{number + 100:032x}")


async def make(accounts: Accounts, name: str = "Ann", number: int = 1) -> Account:
    return await accounts.join(await accounts.invitations.make(), name, PASSWORD, identity(number))


async def make_with_passkey(accounts: Accounts, passkey: SoftPasskey) -> Account:
    code = await accounts.invitations.make()
    options = await accounts.join_options(code, "Bea", identity(2), HERE)
    return await accounts.join_by_passkey(code, "Bea", identity(2), HERE, passkey.make(options, HERE.origin))


async def test_an_invitation_makes_one_account(accounts: Accounts) -> None:
    code = await accounts.invitations.make("for Ann")
    made = await accounts.join(code, "  Ann  Lee ", PASSWORD, identity())
    assert (made.name, made.key, made.visitor) == ("Ann Lee", "ann lee", identity().visitor)
    assert made.password
    assert PASSWORD not in made.password
    with pytest.raises(NotFound):
        await accounts.join(code, "Bea", PASSWORD, identity(2))
    with pytest.raises(NotFound):
        await accounts.join("made up", "Bea", PASSWORD, identity(2))


async def test_a_name_is_taken_in_any_case_and_width_and_the_invitation_stays(accounts: Accounts) -> None:
    await make(accounts, "Ann")
    code = await accounts.invitations.make()
    for name in ("ann", "ANN", "Ａｎｎ"):
        with pytest.raises(InvalidOption, match="taken"):
            await accounts.join(code, name, PASSWORD, identity(2))
    with pytest.raises(InvalidOption):
        await accounts.join(code, "Bea", "short", identity(2))
    assert (await accounts.join(code, "Bea", PASSWORD, identity(2))).name == "Bea"


async def test_only_the_password_opens_it(accounts: Accounts) -> None:
    account = await make(accounts)
    assert await accounts.find("ANN") == account
    assert await accounts.verify_password(account, PASSWORD)
    assert not await accounts.verify_password(account, PASSWORD + "x")
    assert not await accounts.verify_password(None, PASSWORD)
    with pytest.raises(NotAllowed):
        await accounts.change_password(account, "wrong", "another good one")
    await accounts.change_password(account, PASSWORD, "another good one")
    changed = await accounts.get(account.id)
    assert await accounts.verify_password(changed, "another good one")
    assert not await accounts.verify_password(changed, PASSWORD)


async def test_a_passkey_opens_it_and_each_answer_only_once(accounts: Accounts) -> None:
    passkey = SoftPasskey()
    account = await make_with_passkey(accounts, passkey)
    assert account.password is None
    assert not await accounts.verify_password(account, "")
    answer = passkey.use(accounts.sign_in_options(HERE), HERE.origin)
    assert await accounts.by_passkey(HERE, answer) == account
    with pytest.raises(NotAllowed):  # a replayed response
        await accounts.by_passkey(HERE, answer)


async def test_a_passkey_holds_for_its_site_and_page_only(accounts: Accounts) -> None:
    passkey = SoftPasskey()
    await make_with_passkey(accounts, passkey)
    options = accounts.sign_in_options(HERE)
    with pytest.raises(NotAllowed):
        await accounts.by_passkey(HERE, passkey.use(options, "https://evil.example"))
    elsewhere = BrowserLocation("evil.example", "https://evil.example", "203.0.113.9")
    with pytest.raises(NotAllowed):
        await accounts.by_passkey(elsewhere, passkey.use(accounts.sign_in_options(elsewhere), elsewhere.origin))
    forged = SoftPasskey()  # the same id, another key
    forged.make({"rp": {"id": HERE.site}, "challenge": ""}, HERE.origin)
    with pytest.raises(NotAllowed):
        await accounts.by_passkey(HERE, forged.use(accounts.sign_in_options(HERE), HERE.origin))


async def test_a_device_must_know_its_user(accounts: Accounts) -> None:
    passkey = SoftPasskey(flags=PRESENT)
    with pytest.raises(NotAllowed):
        await make_with_passkey(accounts, passkey)


async def test_a_challenge_is_for_one_purpose(accounts: Accounts) -> None:
    account = await make(accounts)
    passkey = SoftPasskey()
    options = {**await accounts.passkey_options(account, HERE)}
    options["challenge"] = accounts.sign_in_options(HERE)["challenge"]
    with pytest.raises(NotAllowed):
        await accounts.add_passkey(account, HERE, passkey.make(options, HERE.origin), "mine")


@pytest.mark.parametrize("answer", [{}, {"rawId": "!"}, {"rawId": "AAAA", "response": 1}, {"rawId": None}])
async def test_what_is_no_answer_is_refused(accounts: Accounts, answer: dict[str, object]) -> None:
    with pytest.raises(NotAllowed):
        await accounts.by_passkey(HERE, answer)


async def test_the_last_way_in_is_not_removed(accounts: Accounts) -> None:
    passkey = SoftPasskey()
    account = await make_with_passkey(accounts, passkey)
    [kept] = await accounts.passkeys(account)
    with pytest.raises(InvalidOption):
        await accounts.remove_passkey(account, kept.id)
    await accounts.change_password(account, "", PASSWORD)
    await accounts.remove_passkey(await accounts.get(account.id), kept.id)
    assert await accounts.passkeys(account) == []
    with pytest.raises(NotFound):
        await accounts.remove_passkey(await accounts.get(account.id), kept.id)


async def test_one_more_passkey(accounts: Accounts) -> None:
    account = await make(accounts)
    for number in (1, 2):
        passkey = SoftPasskey(number)
        options = await accounts.passkey_options(account, HERE)
        known = options["excludeCredentials"]
        assert isinstance(known, list)
        assert len(known) == number - 1
        await accounts.add_passkey(account, HERE, passkey.make(options, HERE.origin), f" key  {number} ")
    assert [one.label for one in await accounts.passkeys(account)] == ["key 1", "key 2"]
    other = await make(accounts, "Bea", 2)
    options = await accounts.passkey_options(other, HERE)
    with pytest.raises(InvalidOption):  # belongs to another account
        await accounts.add_passkey(other, HERE, SoftPasskey(1).make(options, HERE.origin), "")
    [*_, last] = await accounts.passkeys(account)
    with pytest.raises(NotFound):
        await accounts.remove_passkey(other, last.id)


async def test_a_removed_account_leaves_nothing(accounts: Accounts) -> None:
    passkey = SoftPasskey()
    account = await make_with_passkey(accounts, passkey)
    cookie = await accounts.browsers.sign_in(account, "Firefox")
    assert accounts.browsers.is_taken(account.visitor)
    await accounts.remove(account)
    assert await accounts.all() == []
    assert await accounts.browsers.find(cookie) is None
    assert not accounts.browsers.is_taken(account.visitor)
    with pytest.raises(NotFound):
        await accounts.get(account.id)
    with pytest.raises(NotAllowed):
        await accounts.by_passkey(HERE, passkey.use(accounts.sign_in_options(HERE), HERE.origin))


async def test_the_owners_list(accounts: Accounts) -> None:
    account = await make(accounts)
    await accounts.browsers.sign_in(account, "Firefox")
    await make(accounts, "Bea", 2)
    ann, bea = await accounts.all()
    assert (ann.name, ann.browsers, ann.passkeys, ann.used is None) == ("Ann", 1, 0, False)
    assert (bea.name, bea.browsers, bea.used) == ("Bea", 0, None)
