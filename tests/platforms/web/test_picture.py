"""The README's picture can be taken anew: the whole program, the bundled model and a browser, end to end."""

from pathlib import Path

import pytest

from tests.platforms.web.picture import PICTURE, TALK, take_picture


@pytest.mark.slow
@pytest.mark.browser
async def test_the_picture_can_be_renewed(tmp_path: Path) -> None:
    replies = await take_picture(tmp_path / "conversation.png")
    assert len(replies) == len(TALK)
    assert all(reply.strip() for reply in replies)
    assert (tmp_path / "conversation.png").read_bytes().startswith(b"\x89PNG")


def test_the_readme_shows_it() -> None:
    readme = (PICTURE.parents[2] / "README.md").read_text(encoding="utf-8")
    assert "docs/images/conversation.png" in readme
    assert PICTURE.is_file()
