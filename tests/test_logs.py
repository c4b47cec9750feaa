"""The log contains no secrets, whatever is logged."""

import json
import logging
from datetime import datetime
from pathlib import Path

import pytest

from bot.config.schema import LogSection
from bot.errors import ConfigError
from bot.logs import set_up_logging
from bot.request_id import new_request


def test_secrets_are_blotted_out_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().level
    try:
        set_up_logging(LogSection(file="logs/roost.log"), ["hush-hush", "hush-hush-more", "a"], tmp_path)
        log = logging.getLogger("test")
        log.info("the token is %s", "hush-hush-more")
        try:
            raise ValueError("refused hush-hush")
        except ValueError:
            log.exception("a failure")
        log.warning("POST https://discord.com/api/v10/webhooks/12/hush_Zz-9/messages/@original responded with 429")
        log.debug("not told")
        set_up_logging(LogSection(), [], tmp_path)
        told = (tmp_path / "logs" / "roost.log").read_text()
        assert told.count("********") >= 2
        assert "hush" not in told + capsys.readouterr().err
        assert "/webhooks/12/********/messages/@original" in told
        assert "ValueError" in told
        assert "not told" not in told
    finally:
        for handler in [handler for handler in logging.getLogger().handlers if getattr(handler, "roost", False)]:
            logging.getLogger().removeHandler(handler)
            handler.close()
        logging.getLogger().setLevel(before)


def test_a_log_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    for wrong in (tmp_path, Path("/dev/null/roost.log")):
        with pytest.raises(ConfigError, match=r"\[log\] file: .* cannot be written .*; name a file"):
            set_up_logging(LogSection(file=str(wrong)))


def test_json_lines_name_the_request_and_hide_secrets(tmp_path: Path) -> None:
    before = logging.getLogger().level
    try:
        set_up_logging(LogSection(file="roost.log", format="json"), ["hush-hush"], tmp_path)
        log = logging.getLogger("test")
        log.info('a "quoted" word\nand hush-hush')
        with new_request() as identity:
            try:
                raise ValueError("refused hush-hush")
            except ValueError:
                log.exception("a failure")
            log.error("a plugin's", extra={"details": "where it was\n"})
        set_up_logging(LogSection(), [], tmp_path)
        first, second, third = (json.loads(line) for line in (tmp_path / "roost.log").read_text().splitlines())
        assert first["message"] == 'a "quoted" word\nand ********'
        assert (first["level"], first["logger"]) == ("info", "test")
        assert datetime.fromisoformat(first["time"]).tzinfo is not None
        assert "request" not in first
        assert "error" not in first
        assert second["request"] == identity == third["request"]
        assert second["error"].endswith("ValueError: refused ********")
        assert third["error"] == "where it was"
    finally:
        for handler in [handler for handler in logging.getLogger().handlers if getattr(handler, "roost", False)]:
            logging.getLogger().removeHandler(handler)
            handler.close()
        logging.getLogger().setLevel(before)
