"""A plugin for openai-python's tests, which request answers by fixed ids: it stores them before each test."""

import os
import sqlite3

import pytest

NAMES = {
    "resp_677efb5139a88190b512bc3fef8e535d": "response", "response_id": "response", "completion_id": "chat",
}  # fmt: skip


@pytest.fixture(autouse=True)
def prestored() -> None:
    with sqlite3.connect(os.environ["ROOST_TEST_DATABASE"], timeout=60) as database:
        for name, kind in NAMES.items():
            database.execute(
                "INSERT OR REPLACE INTO answers (id, channel_id, kind, model, created, metadata, body, input) "
                "SELECT ?, channel_id, kind, model, created, metadata, body, input FROM answers "
                "WHERE kind = ? AND id != ? LIMIT 1",
                (name, kind, name),
            )
    database.close()
