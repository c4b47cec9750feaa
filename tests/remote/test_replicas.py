"""The choice of a replica, and which are healthy."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.engine.types import EngineInfo
from bot.errors import Busy, ModelError
from bot.remote import replicas as replicas_module
from bot.remote.replica import InfoResponse, Replica
from bot.remote.replicas import Replicas
from bot.remote.reply_events import ReplicaLost
from tests.fakes import WORDS, FakeEngine, FakeTokens
from tests.remote.served import KEY, connected, make_coder, serve, serving
from tests.waiting import until


class Directory:
    """A cluster's list of replicas."""

    def __init__(self, *urls: str) -> None:
        self.listed = [*urls]
        self.silent = False

    async def urls(self) -> list[str]:
        if self.silent:
            raise ReplicaLost("it does not answer")
        return list(self.listed)


CHANNELS = [f"discord:{number}" for number in range(600)]


class Unwatched(Replicas):
    """Replicas that only the test checks: a check that was under way would undo what it arranges."""

    def _watch_each(self) -> None:
        pass


def replicas_at(*urls: str, key: str = KEY) -> Replicas:
    return Unwatched(urls, key, make_coder, patience=0.0)


async def test_channels_spread_and_move_only_when_they_must() -> None:
    served = [await serve(FakeEngine()) for _ in range(3)]
    replicas = replicas_at(*(each.url for each in served))
    await replicas.start()
    before = {channel: replicas.of(channel).url for channel in CHANNELS}
    counts = [list(before.values()).count(each.url) for each in served]
    assert min(counts) > 120, "about a third each"
    lost = replicas.of(CHANNELS[0])
    replicas.lost(lost, "test")
    after = {channel: replicas.of(channel).url for channel in CHANNELS}
    assert all(after[channel] == url for channel, url in before.items() if url != lost.url)
    assert lost.url not in after.values()
    await replicas.check(lost)
    assert {channel: replicas.of(channel).url for channel in CHANNELS} == before, "it is asked again, and back"
    for replica in replicas.all:
        replicas.lost(replica, "test")
    with pytest.raises(Busy):
        replicas.of("a")
    await replicas.close()
    for each in served:
        await each.stop()


async def test_one_that_comes_late_is_used() -> None:
    first, late = await serve(FakeEngine()), await serve(FakeEngine())
    await late.stop()
    async with connected(first, late) as engine:
        conditions = {view.url: view.condition for view in engine.replicas}
        assert conditions == {first.url: "up", late.url: "down"}
        assert all(view.reason for view in engine.replicas if view.condition == "down")
    await first.stop()


async def test_another_model_or_tokenizer_is_refused_in_words() -> None:
    async with serving(FakeEngine(), FakeEngine(fingerprint="fake-2")) as served:
        replicas = replicas_at(*(each.url for each in served))
        await replicas.start()
        assert [each.condition for each in replicas.all] == ["up", "refused"]
        assert "another model" in replicas.all[1].reason
        served[0].engine.fingerprint = "fake-3"
        await replicas.check(replicas.all[0])
        assert replicas.all[0].condition == "refused", "it was started again with another model"
        await replicas.close()

        def other_coder(_: EngineInfo) -> FakeTokens:
            return FakeTokens(WORDS[:-1])

        with pytest.raises(ModelError, match=r"tokenizer is not the one"):
            await Replicas([served[0].url], KEY, other_coder, patience=60.0).start()
        with pytest.raises(ModelError, match="needs the key"):
            await replicas_at(served[0].url, key="wrong").start()


async def test_none_is_told_with_every_address() -> None:
    served = await serve(FakeEngine())
    await served.stop()
    with pytest.raises(ModelError, match="none of the engines") as caught:
        await replicas_at(served.url).start()
    assert served.url in str(caught.value)


async def test_what_is_to_be_forgotten_is_told_when_it_is_back() -> None:
    async with serving(FakeEngine()) as served:
        replicas = replicas_at(served[0].url)
        await replicas.start()
        states = served[0].states
        states.take_in(b"x", await served[0].engine.tuned_state(Path("x")))
        name = next(iter(states._cached))
        replicas.all[0].forget([name])
        replicas.lost(replicas.all[0], "test")
        await replicas.check(replicas.all[0])
        assert len(states) == 0
        await until(lambda: replicas.all[0].condition == "up")
        await replicas.close()


async def test_one_that_cannot_forget_yet_is_used_and_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(FakeEngine()) as served:
        replicas = replicas_at(served[0].url)
        await replicas.start()
        replicas.all[0].forget(["d1"])
        with monkeypatch.context() as broken:
            broken.setattr(served[0].states, "forget", lambda _: 1 // 0)
            await replicas.check(replicas.all[0])
            assert [each.condition for each in replicas.views] == ["up"]
        told = set[str]()

        async def forget(names: Sequence[str]) -> bool:
            told.update(names)
            return True

        monkeypatch.setattr(served[0].states, "forget", forget)
        await replicas.check(replicas.all[0])
        assert told == {"d1"}
        await replicas.close()


async def test_one_that_fails_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(FakeEngine()) as served:
        replicas = replicas_at(served[0].url)
        await replicas.start()
        with monkeypatch.context() as broken:
            broken.setattr(served[0].engine, "status", lambda: 1 // 0)
            await replicas.check(replicas.all[0])
        assert [each.condition for each in replicas.views] == ["down"]
        await replicas.check(replicas.all[0])
        assert [each.condition for each in replicas.views] == ["up"]
        await replicas.close()


async def test_the_model_never_changes_while_the_bot_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(FakeEngine(), FakeEngine(fingerprint="fake-2")) as served:
        replicas = replicas_at(*(each.url for each in served))
        await replicas.start()
        first, other = replicas.all
        replicas.lost(first, "test")
        greeting = await first.fetch_info()

        async def another_tokenizer(_: Replica) -> InfoResponse:
            return greeting.model_copy(update={"coder": "another"})

        with monkeypatch.context() as changed:
            changed.setattr(Replica, "fetch_info", another_tokenizer)
            await replicas.check(first)
        await replicas.check(other)
        assert [each.condition for each in replicas.views] == ["refused", "refused"]
        assert replicas.info.fingerprint == greeting.info.fingerprint
        await replicas.close()


async def test_those_of_a_cluster_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(FakeEngine(), FakeEngine(), FakeEngine()) as served:
        first, second, third = served
        directory = Directory(first.url, second.url)
        monkeypatch.setattr(replicas_module, "CHECK_SECONDS", 0.01)
        monkeypatch.setattr(replicas_module, "ReplicaDirectory", lambda *_: directory)
        replicas = Replicas([], KEY, make_coder, cluster="http://cluster", patience=0.0)
        await replicas.start()
        assert [each.url for each in replicas.up] == [first.url, second.url]
        directory.listed = [second.url, third.url]
        await until(lambda: third.url in [each.url for each in replicas.up])
        assert replicas.at(first.url) is not None, "it still answers: its replies are going on"
        directory.silent = True
        await first.stop()
        await until(lambda: first.url not in [each.url for each in replicas.up])
        assert [each.url for each in replicas.up] == [second.url, third.url], "a silent cluster changes nothing"
        directory.silent = False
        await until(lambda: replicas.at(first.url) is None)
        await replicas.close()


async def test_a_cluster_without_engines_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    directory = Directory()
    monkeypatch.setattr(replicas_module, "ReplicaDirectory", lambda *_: directory)
    with pytest.raises(ModelError, match="http://cluster: it has no engines yet"):
        await Replicas([], KEY, make_coder, cluster="http://cluster", patience=0.0).start()
    directory.silent = True
    with pytest.raises(ModelError, match="http://cluster: it does not answer"):
        await Replicas([], KEY, make_coder, cluster="http://cluster", patience=0.0).start()


async def test_one_that_drains_gets_nothing_new() -> None:
    async with serving(FakeEngine(), FakeEngine()) as served:
        replicas = replicas_at(*(each.url for each in served))
        await replicas.start()
        await served[0].running.drain(0.0)
        await replicas.check(replicas.all[0])
        assert [each.condition for each in replicas.views] == ["down", "up"]
        assert replicas.all[0].reason == "its engine is draining"
        for _ in range(5):
            await replicas.check(replicas.all[0])
            assert replicas.of("a").url == served[1].url
        await replicas.close()


async def test_a_request_waits_for_a_replica_that_is_being_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(FakeEngine(), FakeEngine()) as served:
        directory = Directory(served[0].url)
        monkeypatch.setattr(replicas_module, "CHECK_SECONDS", 0.01)
        monkeypatch.setattr(replicas_module, "REPLACED_SECONDS", 60.0)
        monkeypatch.setattr(replicas_module, "ReplicaDirectory", lambda *_: directory)
        replicas = Replicas([], KEY, make_coder, cluster="http://cluster", patience=60.0)
        await replicas.start()
        first = await replicas.some("a")
        waiting = asyncio.create_task(replicas.some("a", without=[first]))
        directory.listed = [served[1].url]
        assert (await waiting).url == served[1].url
        await replicas.close()
