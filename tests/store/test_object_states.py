"""States in S3-compatible storage: found again, bounded, forgotten; a broken storage costs nothing but time."""

import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.store.fake_s3 import FakeS3, fake_s3

pytest.importorskip("obstore")

from bot.errors import ConfigError
from bot.store import object_states
from bot.store.object_states import ObjectStates, fault_of, open_bucket

MODEL, OTHER = "f1" * 16, "f2" * 16  # fingerprints


@pytest.fixture
async def s3(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeS3]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "me")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    async with fake_s3() as made:
        yield made


def states(s3: FakeS3, fingerprint: str = MODEL, *, budget: int = 1 << 20, most: int = 1 << 20) -> ObjectStates:
    return ObjectStates(open_bucket("s3://bucket/states", s3.url), fingerprint, budget=budget, most=most)


async def test_states_are_found_again_by_every_replica(s3: FakeS3) -> None:
    first, second = states(s3), states(s3)
    names = [f"d{number}" for number in range(5)]
    for name in names:
        await first.save(name, name.encode())
    assert s3.objects.keys() == {f"states/{MODEL}/{name}" for name in names}
    assert s3.credentials == {"AWS4-HMAC-SHA256 Credential=me"}
    assert await second.load("d3") == b"d3"
    assert await second.load("d9") is None
    assert await second.known(["d4", "d9"]) == {"d4"}, "also on the second page"
    assert await states(s3, OTHER).load("d3") is None


async def test_what_is_known_is_not_asked_for_each_time(s3: FakeS3) -> None:
    kept = states(s3)
    await kept.save("d1", b"1")
    before = len(s3.requests)
    for _ in range(5):
        assert await kept.known(["d1", "d2"]) == {"d1"}
    assert len(s3.requests) == before


async def test_the_budget_is_a_bound(s3: FakeS3) -> None:
    other = states(s3, OTHER, budget=3_000)
    for number in range(20):
        await other.save(f"o{number}", bytes(100))
    kept = states(s3, budget=3_000)
    for number in range(60):
        await kept.save(f"d{number}", bytes(100))
        assert sum(map(len, s3.objects.values())) <= 3_000
    assert await kept.known(["d59", "d0"]) == {"d59"}, "the oldest go first"
    assert not any(OTHER in key for key in s3.objects)
    await kept.save("huge", bytes(20_000))
    assert f"states/{MODEL}/huge" not in s3.objects


async def test_what_is_not_a_state_is_neither_counted_nor_deleted(s3: FakeS3) -> None:
    others = {"states/2024/picture", "states/notes", f"states/{MODEL}/d1/part", f"states/{OTHER[1:]}/d1"}
    for key in others:
        s3.objects[key], s3.written[key] = bytes(1000), datetime(2024, 1, 1, tzinfo=UTC)
    kept = states(s3, budget=3_000)
    for number in range(40):
        await kept.save(f"d{number}", bytes(100))
    await kept.forget(["picture", "d1"])
    assert others < s3.objects.keys()
    assert len(s3.objects) > len(others) + 20


async def test_what_is_forgotten_is_gone_for_all_models(s3: FakeS3) -> None:
    kept, other = states(s3), states(s3, OTHER)
    for each in (kept, other):
        await each.save("d1", b"1")
        await each.save("d2", b"2")
    await kept.forget(["d1", "never"])
    assert s3.objects.keys() == {f"states/{MODEL}/d2", f"states/{OTHER}/d2"}
    assert await kept.known(["d1", "d2"]) == {"d2"}


async def test_an_object_that_is_too_large_is_not_read(s3: FakeS3, caplog: pytest.LogCaptureFixture) -> None:
    await states(s3).save("d1", bytes(5000))
    assert await states(s3, most=4000).load("d1") is None
    assert "more than a state of this model" in caplog.text


async def test_a_broken_storage_is_told_once_a_minute(s3: FakeS3, caplog: pytest.LogCaptureFixture) -> None:
    kept = states(s3)
    s3.broken = True
    for _ in range(3):
        await kept.save("d1", b"1")
        assert await kept.load("d1") is None
        assert await kept.known(["d1"]) == set()
        await kept.forget(["d1"])
    assert caplog.text.count("are not used") == 1
    s3.broken = False
    await kept.save("d1", b"1")
    assert await kept.load("d1") == b"1"


async def test_replies_do_not_wait_for_a_broken_storage_one_by_one(s3: FakeS3) -> None:
    kept = states(s3)
    s3.broken = True
    await kept.load("d1")
    before = len(s3.requests)
    for number in range(20):
        assert await kept.load(f"d{number}") is None
        assert await kept.known([f"d{number}"]) == set()
    assert len(s3.requests) == before


async def test_a_silent_storage_is_given_up(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(object_states, "TIMEOUT", "1s")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        bucket = open_bucket("s3://bucket/states", f"http://127.0.0.1:{silent.getsockname()[1]}")
        kept = ObjectStates(bucket, MODEL, budget=1 << 20, most=1 << 20)
        assert await kept.load("d1") is None
    assert "are not used" in caplog.text


async def test_what_is_wrong_with_a_storage_is_told(s3: FakeS3) -> None:
    assert await fault_of("s3://bucket/states", s3.url) == ""
    s3.broken = True
    assert "403" in await fault_of("s3://bucket/states", s3.url)


async def test_what_could_not_be_deleted_is_deleted_later(s3: FakeS3) -> None:
    kept = states(s3)
    await kept.save("d1", b"1")
    s3.broken = True
    assert not await kept.forget(["d1"])
    before = len(s3.requests)
    assert not await kept.forget(["d1"])
    assert len(s3.requests) == before, "a broken storage is not asked at every deletion"
    s3.broken = False
    await kept.save("d2", b"2")
    assert await kept.forget(["d3"])
    assert s3.objects.keys() == {f"states/{MODEL}/d2"}


async def test_names_to_delete_are_bounded(s3: FakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_states, "MAX_TO_DELETE", 10)
    kept = states(s3)
    s3.broken = True
    for number in range(30):
        await kept.forget([f"d{number}", f"e{number}"])
    assert len(kept._to_delete) == 10


@pytest.mark.parametrize("url", ["", "s3://", "bucket", "https://bucket/x"])
def test_a_wrong_address_is_told(url: str) -> None:
    with pytest.raises(ConfigError, match="s3://BUCKET/FOLDER"):
        open_bucket(url, "")
