"""What all bodies have."""

import pytest

from bot.platforms.api.api_errors import ApiError
from bot.platforms.api.request_fields import LONGEST_STOP, MOST_STOPS, GenerationBody


def test_stops_come_under_several_names() -> None:
    body = GenerationBody.model_validate({"stop": "a", "stopping_strings": ["b", "a"], "stop_sequence": ["c", ""]})
    assert body.stops() == ("a", "b", "c")
    assert GenerationBody().stops() == ()


@pytest.mark.parametrize("stop", [["x"] * (MOST_STOPS + 1), "x" * (LONGEST_STOP + 1)])
def test_stops_have_a_bound(stop: object) -> None:
    with pytest.raises(ApiError):
        GenerationBody.model_validate({"stop": stop}).stops()
