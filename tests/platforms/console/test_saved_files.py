"""Files attached to replies, and files named in commands."""

from pathlib import Path

import pytest

from bot.errors import InvalidOption, NotFound
from bot.events import File
from bot.platforms.console import saved_files
from bot.platforms.console.saved_files import check_named_file, named_files, save


def test_nothing_is_written_over(tmp_path: Path) -> None:
    for text in (b"one", b"two", b"three"):
        told = save(File("talk.json", text), tmp_path)
    assert told == f"saved: {tmp_path / 'talk-3.json'}, 5 bytes"
    assert (tmp_path / "talk.json").read_bytes() == b"one"
    assert (tmp_path / "talk-2.json").read_bytes() == b"two"


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../up.txt", "up.txt"), ("/etc/x", "x"), (".bashrc", "bashrc"), ("a\x1b[2J.txt", "a__2J.txt"), ("", "file")],
)
def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str, kept: str) -> None:
    save(File(name, b"x"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [kept]


def test_a_folder_that_takes_no_files_is_told(tmp_path: Path) -> None:
    assert "could not be saved in" in save(File("x", b"1"), tmp_path / "nowhere")


@pytest.mark.parametrize(
    "text", ["+character import @nowhere.json", '+import @"my talk.json" ', "+import @nowhere/talk"]
)
def test_a_file_that_does_not_exist_is_told(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFound, match=r"There is no file (nowhere\.json|my talk\.json|nowhere/talk)\."):
        check_named_file(text)


@pytest.mark.parametrize(
    "text", ["+import", "+import Ann: hello @bob", "+import Ann: see @cafe.txt\n\nBob: yes", "+import a@b.c"]
)
def test_other_words_with_an_at_sign_are_text(text: str) -> None:
    check_named_file(text)


def test_files_are_named_by_a_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.json").write_bytes(b"1")
    (tmp_path / "b c.txt").write_bytes(b"2")
    text, files = named_files('+import on @a.json @"b c.txt" @missing.txt me@a.json')
    assert text.split() == ["+import", "on", "@missing.txt", "me@a.json"]
    assert [(file.name, file.data) for file in files] == [("a.json", b"1"), ("b c.txt", b"2")]


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_files, "MAX_BYTES", 0)
    (tmp_path / "a").write_bytes(b"1")
    with pytest.raises(InvalidOption, match="larger than"):
        named_files(f"+import @{tmp_path / 'a'}")
