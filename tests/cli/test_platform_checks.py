"""What `roost doctor` reports about the web page, Discord and QQ, without asking them."""

import socket

from bot.cli.platform_checks import check_bridges, check_discord, check_qq_account, check_web
from bot.config.schema import Config
from bot.findings import Finding


def config(section: str, **values: object) -> Config:
    return Config.model_validate({section: values})


def told(finding: Finding) -> tuple[str, str]:
    return finding.mark, str(finding.text)


def test_the_pages_port() -> None:
    assert told(check_web(config("web", enabled=False))) == ("note", "web: switched off ([web] enabled)")
    assert check_web(config("web", port=0)).mark == "ok"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        mark, text = told(check_web(config("web", port=taken.getsockname()[1])))
    assert mark == "note"
    assert "is Roost running already?" in text
    mark, text = told(check_web(config("web", host="::", port=0)))
    assert mark == "bad"
    assert "set ROOST_WEB_TOKEN" in text


def test_discords_token() -> None:
    assert told(check_discord(config("discord", enabled=False)))[1] == "discord: switched off ([discord] enabled)"
    assert "Set DISCORD_TOKEN" in told(check_discord(config("discord")))[1]
    assert check_discord(config("discord", token="a.b c.d")).mark == "bad"
    assert check_discord(config("discord", token="a.b.c")).mark == "ok"


async def test_what_is_not_connected() -> None:
    (qq,) = [finding async for finding in check_qq_account(config("qq"))]
    assert told(qq)[1].startswith("qq: not connected. Set [qq] app_id")
    (bridge,) = [finding async for finding in check_bridges(config("onebot"))]
    assert told(bridge)[1].startswith("onebot: switched off")
