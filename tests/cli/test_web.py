"""`roost web link` and `roost web sign-out`, beside a server that runs on the same data."""

from pathlib import Path

import pytest

from bot.__main__ import main
from bot.platforms.web.owners import Owners


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
