"""A replica's states survive restarts, apart from those of other models and precisions."""

from pathlib import Path

import numpy as np
import pytest

from bot.cluster.state_disk import open_objects, state_disk
from bot.config.schema import BotSection, Config, StoreSection
from bot.engine.state import RowState
from bot.errors import ConfigError
from bot.remote.replica_states import StateDisk


async def test_states_outlive_the_engine(tmp_path: Path) -> None:
    config = Config(bot=BotSection(data=str(tmp_path / "data")))

    async def kept(disk: StateDisk, *names: str) -> set[str]:
        return await disk.known(names)

    async with state_disk(config, "f1", 64) as disk:
        await disk.save("d1", b"one")
        await disk.save("d2", b"two")
        await disk.forget(["d2"])
    async with state_disk(config, "f1", 64) as disk:
        assert (await disk.load("d1"), await disk.load("d2")) == (b"one", None)
        assert await kept(disk, "d1", "d2") == {"d1"}
    async with state_disk(config, "f2", 64) as disk:
        assert await kept(disk, "d1") == set(), "another model's"


async def test_inexact_copies_have_a_name_of_their_own(tmp_path: Path) -> None:
    exact = Config(bot=BotSection(data=str(tmp_path)))
    half = exact.model_copy(update={"store": StoreSection(state_copies="fp16")})
    data = RowState({"S": np.linspace(-1, 1, 999, dtype=np.float32)}).to_bytes("f1")
    async with state_disk(half, "f1", 4000) as disk:
        await disk.save("d1", data)
        copy = await disk.load("d1")
        assert copy is not None
        assert copy != data
    async with state_disk(exact, "f1", 4000) as disk:
        assert await disk.load("d1") is None
        await disk.save("d1", data)
        assert await disk.load("d1") == data


def test_a_wrong_address_is_told() -> None:
    with pytest.raises(ConfigError, match="s3://BUCKET/FOLDER"):
        open_objects(StoreSection(state_url="https://bucket"), "f1", 64)
