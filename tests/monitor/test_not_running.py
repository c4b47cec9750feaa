"""What is not running says why, in the reader's language."""

import logging

import pytest

from bot.errors import ConfigError
from bot.i18n import Message
from bot.monitor.not_running import NotRunning, failed


def test_the_reason_is_told_in_the_readers_language() -> None:
    empty = "The message is empty."
    for reason in (Message(empty), ConfigError(empty)):
        trouble = NotRunning("web", reason)
        assert str(trouble) == "web: The message is empty."
        assert trouble.in_language("ja") == "メッセージが空です。"


def test_an_unexpected_error_is_named_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert str(failed("web", ConfigError("no {what}", what="port"))) == "web: no port"
        assert not caplog.records
        assert str(failed("qq", OSError("oops"))) == "qq: could not be started (OSError: oops)"
    assert "qq could not be started" in caplog.text
