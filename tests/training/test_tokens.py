from pathlib import Path

import numpy as np
import pytest

from training import tokens as token_files
from training.tokens import Tokens

SOME = Tokens(np.arange(7, dtype=np.uint16), np.full(7, 10, np.uint8), np.array([0, 3, 7]))


def test_tokens_come_back_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "a" / "tokens.npz"
    SOME.save(path, "made of this")
    back = Tokens.load(path)
    assert (back.ids == SOME.ids).all()
    assert (back.weights == SOME.weights).all()
    assert (back.starts == SOME.starts).all()
    assert back.ids.dtype == np.uint16
    assert token_files.origin_of(path) == "made of this"
    first = path.read_bytes()
    SOME.save(path, "made of this")
    assert path.read_bytes() == first, "no time of writing in it"


def test_an_interrupted_save_leaves_the_old_file_and_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tokens.npz"
    SOME.save(path, "old")

    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(np.lib.format, "write_array", interrupted)
    with pytest.raises(KeyboardInterrupt):
        SOME.save(path, "new")
    assert token_files.origin_of(path) == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_or_foreign_file_has_no_origin(tmp_path: Path) -> None:
    path = tmp_path / "tokens.npz"
    assert token_files.origin_of(path) == ""
    SOME.save(path, "whole")
    whole = path.read_bytes()
    path.write_bytes(whole[:200])
    assert token_files.origin_of(path) == ""
    for place in range(0, len(whole), 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        assert token_files.origin_of(path) in ("", "whole")
    np.savez(path, ids=SOME.ids)
    assert token_files.origin_of(path) == ""


def test_files_joined_hold_every_document_where_it_began() -> None:
    parts = [Tokens(np.arange(n, dtype=np.uint16), np.full(n, 10, np.uint8), np.array([0, 2, n])) for n in (5, 7)]
    whole = token_files.joined(parts)
    assert whole.starts.tolist() == [0, 2, 5, 7, 12]
    assert whole.ids.tolist() == [*range(5), *range(7)]
