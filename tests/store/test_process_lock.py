"""A warning about two processes on one database."""

import logging
from pathlib import Path

import pytest

from bot.store.process_lock import sharing
from bot.store.store import open_store


async def test_the_second_is_warned(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with open_store("", tmp_path):
        assert caplog.messages == []
        async with open_store("", tmp_path) as second:
            assert [message for message in caplog.messages if "Another Roost" in message] != []
            assert await second.nodes.count() == 0, "it is a warning and no more"
        caplog.clear()
        async with open_store("", tmp_path, brief=True) as beside:  # a command
            assert caplog.messages == []
            assert await beside.nodes.count() == 0
    caplog.clear()
    async with open_store("", tmp_path):
        assert caplog.messages == []


def test_a_server_and_memory_have_no_file(tmp_path: Path) -> None:
    with sharing(None) as alone:
        assert alone
    assert list(tmp_path.iterdir()) == []
