"""`roost web` beside a server that is running on the same data."""

import asyncio
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.accounts.account_service import Accounts
from bot.accounts.account_values import Identity
from bot.accounts.invitations import Invitations
from bot.accounts.passwords import Passwords
from bot.platforms.web.owners import Owners
from bot.store.store import open_store
from tests.accounts.conftest import QUICK


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "bot.toml"
    file.write_text('[bot]\ndata = "here"\n[web]\nport = 8123\n')
    return file


def test_a_link_signs_in_at_the_running_server(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server = Owners(config.parent / "here")
    assert main(["web", "link", "--config", str(config)]) == 0
    address, _, code = capsys.readouterr().out.strip().partition("owner?code=")
    assert address == "http://127.0.0.1:8123/"
    secret = server.redeem(code)
    assert server.knows(secret or "")
    assert main(["web", "link", "--config", str(config), "--port", "99"]) == 0
    assert capsys.readouterr().out.startswith("http://127.0.0.1:99/owner?code=")
    assert main(["web", "sign-out", "--config", str(config)]) == 0
    assert not server.knows(secret or "")


def test_an_invitation_can_be_used(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--config", str(config), "--note", "Ann", "--days", "3", "--url", "https://chat.example.org/"]
    assert main(["web", "invite", *options]) == 0
    address, _, code = capsys.readouterr().out.strip().partition("join?code=")
    assert address == "https://chat.example.org/"

    async def look() -> None:
        async with open_store("", config.parent / "here") as store:
            invitations = Invitations(store.invitations)
            assert await invitations.holds(code)
            assert [one.note for one in await invitations.all()] == ["Ann"]

    asyncio.run(look())
    assert main(["web", "invite", "--config", str(config)]) == 0
    assert capsys.readouterr().out.startswith("http://127.0.0.1:8123/join?code=")
    assert main(["web", "invite", "--config", str(config), "--days", "1000"]) != 0
    assert "1 to 90 days" in capsys.readouterr().err


def test_it_says_what_is_missing(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.accounts.account_values.find_spec", lambda name: None)
    assert main(["web", "invite", "--config", str(config)]) != 0
    assert "roost[accounts]" in capsys.readouterr().err
    assert main(["web", "reset", "Ann", "--config", str(config)]) != 0
    assert "roost[accounts]" in capsys.readouterr().err


def test_without_a_port_no_link_is_made(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text('[bot]\ndata = "here"\n[web]\nport = 0\n')
    for words, option in ((["link"], "--port"), (["invite"], "--url"), (["reset", "Ann"], "--url")):
        assert main(["web", *words, "--config", str(config)]) == 1
        shown = capsys.readouterr()
        assert f"name it with {option}" in shown.err
        assert shown.out == ""
    assert main(["web", "link", "--config", str(config), "--port", "8123"]) == 0


def test_a_link_for_a_new_password(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def prepare() -> None:
        async with open_store("", config.parent / "here") as store:
            accounts = Accounts(store, "Roost", Passwords(QUICK))
            code = await accounts.invitations.make()
            await accounts.join(code, "Ann", "long enough to be one", Identity("0" * 32, "1" * 32))

    async def use(code: str) -> None:
        async with open_store("", config.parent / "here") as store:
            accounts = Accounts(store, "Roost", Passwords(QUICK))
            account, _ = await accounts.reset_password(code, "another one that is long")
            assert account.name == "Ann"
            assert await accounts.verify_password(await accounts.find("Ann"), "another one that is long")

    asyncio.run(prepare())
    assert main(["web", "reset", "ann", "--config", str(config), "--url", "https://chat.example.org/"]) == 0
    address, _, code = capsys.readouterr().out.strip().partition("reset?code=")
    assert address == "https://chat.example.org/"
    asyncio.run(use(code))
    assert main(["web", "reset", "Bob", "--config", str(config)]) != 0
    assert "There is no account Bob. There are: Ann" in capsys.readouterr().err
