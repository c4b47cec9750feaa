"""Column types."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite

from bot.store.columns import Tokens, UtcTime, to_json

DIALECT = sqlite.dialect()


def test_tokens_are_four_bytes_each() -> None:
    tokens = (0, 1, 65535, 2**32 - 1)
    data = Tokens().process_bind_param(tokens, DIALECT)
    assert data is not None
    assert len(data) == 16
    assert Tokens().process_result_value(data, DIALECT) == tokens
    assert Tokens().process_result_value(b"", DIALECT) == ()


def test_times_are_utc() -> None:
    local = datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=9)))
    bound = UtcTime().process_bind_param(local, DIALECT)
    assert bound is not None
    assert (bound, bound.utcoffset()) == (datetime(2026, 1, 1, tzinfo=UTC), timedelta(0))
    assert UtcTime().process_result_value(bound.replace(tzinfo=None), DIALECT) == local


@pytest.mark.parametrize("value", [[], {}, (), [0], {"a": []}, "", 0, False, None, "é"])
def test_json_is_what_json_says(value: object) -> None:
    assert to_json(value) == json.dumps(value)
