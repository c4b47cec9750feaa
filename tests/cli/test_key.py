"""`roost key`."""

from pathlib import Path

import pytest

from bot.__main__ import main


def run(folder: Path, *words: str) -> int:
    return main(["key", *words, "--data", str(folder)])


def test_a_key_is_made_listed_and_revoked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "list") == 0
    assert "no keys" in capsys.readouterr().out
    assert run(tmp_path, "add", "ann", "--per-minute", "5", "--models", "roost/a, roost/b") == 0
    secret = capsys.readouterr().out.strip()
    assert secret.startswith("sk-roost-")
    assert run(tmp_path, "list") == 0
    listed = capsys.readouterr().out
    assert "ann" in listed
    assert "5 a minute; models roost/a, roost/b; today 0 requests" in listed
    assert secret not in listed
    assert run(tmp_path, "revoke", "ann") == 0
    assert run(tmp_path, "revoke", "ann") == 1
    assert 'no key "ann"' in capsys.readouterr().err
