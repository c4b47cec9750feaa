"""Owner links: single-use, valid for a day, and only with this Roost's key."""

import json
import stat
from pathlib import Path

import pytest

from bot.platforms.web import owners as module
from bot.platforms.web.owners import KEY_FILE, LINK_SECONDS, MAX_SESSIONS, SESSIONS_FILE, Owners


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_link_works_once(tmp_path: Path) -> None:
    owners = Owners(tmp_path)
    code = owners.link_code()
    secret = owners.redeem(code)
    assert secret
    assert owners.knows(secret)
    assert owners.redeem(code) is None
    assert not owners.knows("")
    assert not owners.knows(secret[:-1] + "x")


def test_another_process_makes_links_and_a_restart_remembers(tmp_path: Path) -> None:
    secret = Owners(tmp_path).redeem(Owners(tmp_path).link_code())
    assert secret
    restarted = Owners(tmp_path)
    assert restarted.knows(secret)
    restarted.sign_out(secret)
    assert not Owners(tmp_path).knows(secret)


def test_a_used_link_stays_used_after_a_restart(tmp_path: Path) -> None:
    code = Owners(tmp_path).link_code()
    assert Owners(tmp_path).redeem(code)
    assert Owners(tmp_path).redeem(code) is None


@pytest.mark.parametrize("change", ["", "x", "é", "1.2.3", "..", "a.99999999999.b"])
def test_other_codes_do_nothing(tmp_path: Path, change: str) -> None:
    assert Owners(tmp_path).redeem(change) is None


def test_a_link_is_old_after_a_day_and_cannot_be_made_younger(tmp_path: Path) -> None:
    clock = Clock()
    owners = Owners(tmp_path, clock)
    code = owners.link_code()
    nonce, expires, signature = code.split(".")
    assert owners.redeem(f"{nonce}.{int(expires) + 1}.{signature}") is None
    clock.now += LINK_SECONDS
    assert owners.redeem(code) is None


def test_a_new_key_ends_everything(tmp_path: Path) -> None:
    running = Owners(tmp_path)
    secret = running.redeem(running.link_code())
    code = running.link_code()
    Owners(tmp_path).sign_everybody_out()  # from the command line
    assert not running.knows(secret or "")
    assert running.redeem(code) is None


def test_nobody_else_on_the_machine_may_read_the_files(tmp_path: Path) -> None:
    Owners(tmp_path).redeem(Owners(tmp_path).link_code())
    for name in (KEY_FILE, SESSIONS_FILE):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([KEY_FILE, SESSIONS_FILE])


def test_what_is_remembered_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_USED", 70)
    owners = Owners(tmp_path)
    secrets = [owners.redeem(owners.link_code()) or "" for _ in range(MAX_SESSIONS + 30)]
    record = json.loads((tmp_path / SESSIONS_FILE).read_text())
    assert len(record["sessions"]) == MAX_SESSIONS
    assert len(record["used"]) == 70
    assert owners.knows(secrets[-1])
    assert not owners.knows(secrets[0])


@pytest.mark.parametrize("text", ["", "[]", "{", '{"sessions": 3, "used": {}}'])
def test_a_damaged_file_signs_everybody_out_and_stops_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / SESSIONS_FILE).write_text(text)
    owners = Owners(tmp_path)
    assert not owners.knows("x" * 64)
    assert owners.redeem(owners.link_code())
