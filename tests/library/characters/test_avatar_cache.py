"""Thumbnails are created once, and their number is bounded."""

from pathlib import Path

from bot.library.characters.avatar_cache import AvatarCache


def test_a_picture_is_made_once_for_each_state_of_its_file(tmp_path: Path) -> None:
    made: list[str] = []

    def make(path: Path) -> bytes | None:
        made.append(path.name)
        return b"face" if path.name != "none.png" else None

    for cache in (
        AvatarCache(tmp_path / "faces"),
        AvatarCache(tmp_path / "faces"),
    ):  # the second one simulates a restart
        assert cache.get(Path("a.png"), (1, 2), make) == b"face"
        assert cache.get(Path("none.png"), (1, 2), make) is None
    assert made == ["a.png", "none.png"]
    assert AvatarCache(tmp_path / "faces").get(Path("a.png"), (2, 2), make) == b"face"
    assert made[2:] == ["a.png"], "the file has changed"


def test_they_do_not_pile_up(tmp_path: Path) -> None:
    cache = AvatarCache(tmp_path, most=10)
    for number in range(50):
        assert cache.get(Path(f"{number}.png"), (1, 1), lambda path: path.name.encode()) == f"{number}.png".encode()
        assert sum(1 for _ in tmp_path.iterdir()) <= 10


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "faces").write_text("no folder")
    assert AvatarCache(tmp_path / "faces").get(Path("a.png"), (1, 1), lambda _: b"x") == b"x"
