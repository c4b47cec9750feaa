"""The picture of the stage can be taken anew: the whole program, the bundled model and a browser, end to end."""

from pathlib import Path

import pytest

from tests.platforms.web.stage_picture import PICTURE, take_picture


@pytest.mark.slow
@pytest.mark.browser
async def test_the_picture_can_be_renewed(tmp_path: Path) -> None:
    lines = await take_picture(tmp_path / "stage.png")
    assert all(lines)
    assert (tmp_path / "stage.png").stat().st_size > 50_000
    assert PICTURE.is_file()
