"""KoboldCpp and llama.cpp request bodies."""

from bot.chat.api_keys import ApiKey
from bot.platforms.api.callers import Caller
from bot.platforms.api.native_body import channel_of


def test_two_callers_with_one_genkey_have_two_channels() -> None:
    ann, bob = (Caller(ApiKey(name=name), "") for name in ("ann", "bob"))
    assert channel_of(ann, "1") != channel_of(bob, "1")
    assert channel_of(ann, None) == ""
