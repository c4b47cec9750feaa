"""A channel with a scene, for tests of the scene commands."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.commands.talking import Talk, talking

TOML = """
name = "The well"
setting = "A dry well."
memory = "own"
[[cast]]
name = "Ann"
description = "Ann digs."
[[cast]]
name = "Old Tom"
description = "Old Tom lies."
[[cast]]
name = "Zoe"
player = true
[[lines]]
speaker = "Ann"
text = "Look."
"""


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    prompts = tmp_path / "mine"
    (prompts / "scenes" / "tests").mkdir(parents=True)
    (prompts / "scenes" / "tests" / "the-well.toml").write_text(TOML, encoding="utf-8")
    async with talking(tmp_path, config={"chat": {"prompts": [str(prompts)]}}) as talk:
        yield talk
