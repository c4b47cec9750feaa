"""Fields common to all request bodies."""

import pytest

from bot.engine.serving.request_checks import check_request
from bot.engine.types import Request
from bot.library.prompts import ChatPrompt
from bot.platforms.api.api_errors import ApiError
from bot.platforms.api.request_fields import MAX_STOP_LENGTH, MAX_STOPS, GenerationBody


def test_stops_come_under_several_names() -> None:
    body = GenerationBody.model_validate({"stop": "a", "stopping_strings": ["b", "a"], "stop_sequence": ["c", ""]})
    assert body.stops() == ("a", "b", "c")
    assert GenerationBody().stops() == ()


@pytest.mark.parametrize("stop", [["x"] * (MAX_STOPS + 1), "x" * (MAX_STOP_LENGTH + 1)])
def test_stops_have_a_bound(stop: object) -> None:
    with pytest.raises(ApiError):
        GenerationBody.model_validate({"stop": stop}).stops()


def test_ai00s_sampler_is_laid_among_the_others() -> None:
    typical = GenerationBody.model_validate({"sampler": {"type": "Typical", "tau": 0.5, "top_p": 0.9}, "top_p": 0.3})
    assert typical.others == {"typical_p": 0.5, "top_p": 0.3}
    mirostat = GenerationBody.model_validate({"sampler": {"type": "Mirostat", "tau": 3, "rate": 0.2}})
    assert mirostat.others == {"mirostat_mode": 2, "mirostat_tau": 3, "mirostat_eta": 0.2}
    with pytest.raises(ApiError):
        _ = GenerationBody.model_validate({"sampler": {"type": "Owl"}}).others


def test_the_engine_takes_as_many_stops_as_a_request_and_its_speakers_may_have() -> None:
    names = [f"Name {number}" for number in range(100)]
    own = GenerationBody(stop=[f"\n{name}:" for name in names[:MAX_STOPS]]).stops()
    assert len(own) == MAX_STOPS
    check_request(Request(tokens=(1,), stop=(*ChatPrompt(name="x").stops(names), *own)), vocab_size=8, rows=1)
