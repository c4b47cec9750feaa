"""Metadata is limited in size."""

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.platforms.api.metadata import Metadata

ADAPTER: TypeAdapter[dict[str, str]] = TypeAdapter(Metadata)


def test_so_many_and_so_long() -> None:
    most = {f"{place}": "a" * 512 for place in range(16)}
    assert ADAPTER.validate_python(most) == most
    for wrong in ({**most, "16": ""}, {"a": "b" * 513}, {"a" * 65: ""}, {"a": 1}):
        with pytest.raises(ValidationError):
            ADAPTER.validate_python(wrong)
