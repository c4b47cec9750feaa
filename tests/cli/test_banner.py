"""The banner printed once the bot is running."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot.cli.banner import banner
from bot.config.schema import Config
from bot.testing import ParrotEngine


class Connected:
    name = "discord"

    def describe(self) -> str:
        return "connected as Owl in 2 servers"


class Page(Connected):
    name = "web"

    def describe(self) -> str:
        return "http://127.0.0.1:8080/"

    def owner_link(self) -> str:
        return "http://127.0.0.1:8080/owner?code=abc"


def app(tmp_path: Path, *platforms: object, problems: tuple[str, ...] = ()) -> Any:
    config = Config.model_validate({"bot": {"name": "Owl", "data": str(tmp_path)}})
    return SimpleNamespace(config=config, engine=ParrotEngine("x"), platforms=platforms, problems=list(problems))


def test_it_tells_the_model_where_it_is_and_what_is_wrong(tmp_path: Path) -> None:
    shown = banner(app(tmp_path, Page(), Connected(), problems=("qq: the token is refused",)), 2.345, console=False)
    for expected in (
        "Owl is ready (2.3 s)", "parrot, RWKV-7", "web: http://127.0.0.1:8080/", "discord: connected as Owl",
        "open http://127.0.0.1:8080/owner?code=abc once", "qq: the token is refused", f"data: {tmp_path}", "Ctrl-C",
    ):  # fmt: skip
        assert expected in shown
    assert shown.endswith("\n")


def test_only_platforms_with_an_owner_have_a_link(tmp_path: Path) -> None:
    shown = banner(app(tmp_path, Connected()), 1.0, console=True)
    assert "owner:" not in shown
    assert "this terminal" in shown
    assert "Ctrl-C" not in shown, "the console's own banner says it"
