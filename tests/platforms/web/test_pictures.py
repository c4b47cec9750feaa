"""The pictures can be retaken, end to end: the whole program, the bundled model and a browser."""

from pathlib import Path

import pytest

from tests.platforms.web.pictures import FOLDER, NAMES, TALK, take_pictures


def sizes(folder: Path) -> dict[str, int]:
    return {path.stem: path.stat().st_size for path in folder.iterdir()}


@pytest.mark.slow
@pytest.mark.browser
async def test_the_pictures_can_be_renewed(tmp_path: Path) -> None:
    replies, faults = await take_pictures(tmp_path)
    assert len(replies) == len(TALK)
    assert all(reply.strip() for reply in replies)
    assert faults == []
    assert sizes(tmp_path).keys() == set(NAMES)
    assert min(sizes(tmp_path).values()) > 20_000


def test_each_is_shown_somewhere() -> None:
    root = FOLDER.parents[1]
    pages = [path.read_text("utf-8") for path in (root / "README.md", *(root / "docs").glob("*.md"))]
    for name in NAMES:
        assert (FOLDER / f"{name}.png").is_file(), name
        assert any(f"images/{name}.png" in page for page in pages), f"no page shows {name}.png"
