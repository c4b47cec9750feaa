import pytest

from bot.platforms.qq.private_stream import RESUMED, PrivateStream, resumed


def test_a_later_process_finds_the_stream_by_its_key() -> None:
    stream = PrivateStream("/v2/users/U1/stream_messages", "m1", 1000, "S:1")
    found = resumed(stream.key, stream.path, stream.answered)
    assert found is not None
    assert (found.id, found.number, found.index) == ("S:1", 1000, RESUMED)


@pytest.mark.parametrize("key", ["REFIDX_1", "stream:", "stream::5", "stream:a:b", "stream:a:-1", "streams:a:1"])
def test_other_messages_are_no_streams(key: str) -> None:
    assert resumed(key, "/p", "m1") is None
