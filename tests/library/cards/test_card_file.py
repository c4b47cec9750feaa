"""Cards on disk."""

import json
import os
import tracemalloc
from pathlib import Path

import pytest

from bot.errors import InvalidOption
from bot.library.cards.card_file import read_card_file
from tests.library.cards.card_builder import V3_DATA, chunk, packed, png, text, v2, v3
from tests.timing import thread_seconds

ROLE = {"user": "Ann", "bot": "Mira", "greeting": "Hi", "bot_persona": "calm"}


def test_the_picture_beside_a_text_card(tmp_path: Path) -> None:
    (tmp_path / "mira.json").write_text(json.dumps(ROLE))
    assert read_card_file(tmp_path / "mira.json").picture is None
    (tmp_path / "mira.png").write_bytes(png())
    assert read_card_file(tmp_path / "mira.json").picture == png()
    assert read_card_file(tmp_path / "mira.json", keep_picture=False).picture is None


def test_the_picture_that_a_card_names_stays_in_its_folder(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret.png").write_bytes(b"secret")
    (inside / "other.png").write_bytes(b"other")
    for name, wanted in (("other.png", b"other"), ("../secret.png", None), (str(tmp_path / "secret.png"), None)):
        (inside / "mira.toml").write_text(f'description = "calm"\npicture = "{name}"\n')
        assert read_card_file(inside / "mira.toml").picture == wanted


def test_a_card_is_judged_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "mira.json").write_bytes(png(after=text("chara", packed(v2()))))
    card = read_card_file(tmp_path / "mira.json")
    assert (card.container, card.picture) == ("png", png(after=text("chara", packed(v2()))))


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="cannot be read"):
        read_card_file(tmp_path / "none.png")
    with pytest.raises(InvalidOption, match="cannot be read"):
        read_card_file(tmp_path)


def test_too_large_a_file_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(20_000_000_000)
    with pytest.raises(InvalidOption, match="20000 MB; the limit is 64 MB"):
        read_card_file(path)


def test_a_20_mb_card_is_read_at_once_and_an_index_takes_little_memory(tmp_path: Path) -> None:
    noise = b"".join(chunk(b"IDAT", os.urandom(8192)) for _ in range(2450))
    path = tmp_path / "large.png"
    path.write_bytes(png(before=noise, after=text("ccv3", packed(v3(V3_DATA)))))
    assert path.stat().st_size > 20_000_000
    assert read_card_file(path).name == "Mira"
    assert thread_seconds(lambda: read_card_file(path)) < 3
    tracemalloc.start()
    try:
        assert read_card_file(path, keep_picture=False).picture is None
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
