"""Downloading models from a fake hub."""

from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest

from bot.engine.files.download import OFFICIAL, RemoteFile, download, find_remote, newest, verify
from bot.errors import ModelError, NotFound
from tests.engine.hub import Hub, running

OLD, NEW = "rwkv7-g1a-0.1b-20250728-ctx4096.pth", "rwkv7-g1d-0.1b-20260129-ctx8192.pth"
FILES = {
    OFFICIAL: {
        "README.md": b"models",
        OLD: b"old" * 1000,
        NEW: bytes(range(256)) * 2000,
        "rwkv7-g1d-0.4b-20260210-ctx8192.pth": b"middle" * 1000,
        "rwkv7b-g1d-0.1b-20270101-ctx8192.pth": b"another kind",
        "rwkv7-g1d-0.1b-20270101-ctx8192.gguf": b"another format",
        "notes-0.1b-20280101.pth": b"another name",
    },
    "someone/one": {"folder/model.pth": b"one", "config.json": b"{}"},
    "someone/two": {"a.pth": b"a", "b.safetensors": b"b"},
}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with running(FILES) as hub:
        template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        yield hub


def test_a_size_means_the_newest_official_file(hub: Hub, tmp_path: Path) -> None:
    file = find_remote("0.1B")
    assert (file.repository, file.name, file.size) == (OFFICIAL, NEW, 512_000)
    seen: list[int] = []
    path = download(file, tmp_path / "models", seen.append)
    assert path == tmp_path / "models" / NEW
    assert path.read_bytes() == FILES[OFFICIAL][NEW]
    assert seen[-1] == file.size
    count = len(hub.requests)
    download(file, tmp_path / "models")
    assert len(hub.requests) == count, "a file that is there is checked and not fetched again"


def test_dates_decide_and_then_the_generation() -> None:
    names = [OLD, NEW, "rwkv7-g1c-0.1b-20260129-ctx8192.pth", "rwkv7-g1d-0.1b-20260129-ctx4096.pth"]
    files = [RemoteFile(OFFICIAL, name, 1, "") for name in names]
    assert newest(files, "0.1b").name == NEW
    with pytest.raises(NotFound, match=r"no 9b model.*Sizes there: 0\.1b"):
        newest(files, "9b")


def test_a_repository_or_a_file_in_it(hub: Hub) -> None:
    assert find_remote("someone/one").name == "folder/model.pth"
    assert find_remote("someone/one/folder/model.pth").name == "folder/model.pth"
    assert find_remote("someone/two/b.safetensors").size == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://huggingface.co/someone/one",
        "https://huggingface.co/someone/one/",
        "https://huggingface.co/someone/one/tree/main",
        "https://hf-mirror.com/someone/one/blob/main/folder/model.pth",
        "https://huggingface.co/someone/one/resolve/main/folder%2Fmodel.pth?download=true",
        " someone/one ",
    ],
)
def test_addresses_copied_from_the_hubs_pages(hub: Hub, address: str) -> None:
    assert find_remote(address).name == "folder/model.pth"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("someone/two", r"a\.pth, b\.safetensors"),
        ("someone/two/c.pth", r"a\.pth, b\.safetensors"),
        ("someone/nobody", "no repository someone/nobody"),
        ("0.2b", r"no size 0\.2b\. Sizes are: 0\.1b"),
        ("big", "neither a size"),
        ("../etc/passwd", "neither a size"),
        ("", "neither a size"),
        ("https://huggingface.co/someone/one/blob/other/folder/model.pth", "names no single model file"),
        ("https://huggingface.co/", "neither a size"),
    ],
)
def test_what_is_not_there_is_said(hub: Hub, wanted: str, words: str) -> None:
    with pytest.raises(NotFound, match=words):
        find_remote(wanted)


def test_a_broken_download_goes_on_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    file = find_remote("0.1b")
    hub.break_after = 100_000
    pauses: list[float] = []
    with pytest.raises(ModelError, match="What has arrived is kept"):
        download(file, tmp_path, pause=pauses.append)
    assert pauses == [1, 2, 4, 8, 16], "it waits longer each time that nothing comes"
    assert not (tmp_path / NEW).exists()
    hub.break_after = None
    hub.requests.clear()
    seen: list[int] = []
    assert download(file, tmp_path, seen.append).read_bytes() == FILES[OFFICIAL][NEW]
    assert [span for method, _, span in hub.requests if method == "GET"] == ["bytes=100000-"]
    assert seen[0] > 100_000
    assert [path.name for path in tmp_path.iterdir()] == [NEW]


@pytest.mark.parametrize(
    "name",
    [
        "../escaped.pth",
        "a/../../escaped.pth",
        "/tmp/escaped.pth",
        "\x1b[31mred.pth",
        ".hidden.pth",
        "a\\b.pth",
        "a//b.pth",
    ],
)
def test_a_hostile_hubs_names_are_not_seen(hub: Hub, name: str, tmp_path: Path) -> None:
    hub.files["bad/one"] = {name: b"evil"}
    with pytest.raises(NotFound, match=r"no \.pth or \.safetensors file") as caught:
        find_remote("bad/one")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["../escaped.pth", "/tmp/escaped.pth"])
def test_nothing_is_written_outside_the_folder(hub: Hub, name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="outside the folder"):
        download(RemoteFile("bad/one", name, 4, ""), tmp_path / "models")
    assert list(tmp_path.rglob("*.pth*")) == []
    assert hub.requests == []


def test_more_than_was_promised_is_not_kept(hub: Hub, tmp_path: Path) -> None:
    hub.files["bad/one"] = {"big.pth": b"x" * 30_000_000}
    hub.sizes["big.pth"] = 5
    file = find_remote("bad/one")
    seen: list[int] = []
    with pytest.raises(ModelError, match=r"big\.pth is longer than the 5 bytes"):
        download(file, tmp_path, seen.append)
    assert seen == []
    assert list(tmp_path.iterdir()) == []


def test_the_account_is_for_the_hub_only(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of gated repositories need the token; the storage that the hub redirects to must not see it."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with running(FILES) as storage:
        hub.storage = storage.url
        download(find_remote("0.1b"), tmp_path)
        assert "Bearer hf_secret" in hub.tokens
        assert storage.requests
        assert set(storage.tokens) == {""}


def test_a_server_without_ranges_and_one_that_stumbles(hub: Hub, tmp_path: Path) -> None:
    file = find_remote("0.1b")
    hub.ranges = False
    hub.break_after = 100_000

    def recover(seconds: float) -> None:
        hub.break_after = None

    assert download(file, tmp_path, pause=recover).read_bytes() == FILES[OFFICIAL][NEW]
    missing = RemoteFile("someone/one", "gone.pth", 5, "")
    with pytest.raises(ModelError, match="404"):
        download(missing, tmp_path)


def test_a_file_that_does_not_match_its_hash_is_removed(hub: Hub, tmp_path: Path) -> None:
    hub.wrong_hash = True
    with pytest.raises(ModelError, match="size or hash differ"):
        download(find_remote("0.1b"), tmp_path)
    assert not (tmp_path / NEW).exists()
    (tmp_path / "short").write_bytes(b"12")
    with pytest.raises(ModelError, match="was removed"):
        verify(tmp_path / "short", RemoteFile("a/b", "short", 3, ""))


def test_no_hub_no_room(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"needs \d+ MB"):
        download(RemoteFile(OFFICIAL, NEW, 1 << 60, ""), tmp_path)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match=r"http://127.0.0.1:9 could not be reached"):
        find_remote("0.1b")
