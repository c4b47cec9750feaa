"""Replies and states over HTTP equal the engine's own, whatever happens to a replica."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.engine.types import Chunk, EngineError, Grammar, Guidance, Request, SamplingParams, StateHandle
from bot.errors import Busy, InvalidOption, ModelError
from tests.fakes import FakeEngine
from tests.remote.served import Served, connected, serve, serving
from tests.waiting import until

SEEDED = SamplingParams(seed=5)
REQUEST = Request(tokens=(257, 258, 259), sampling=SEEDED, channel="a", stop=("\n\n",), scores=1)


async def whole(stream: AsyncIterator[Chunk]) -> list[Chunk]:
    """Return a reply with its chunks joined per candidate."""
    found: dict[int, Chunk] = {}
    async for chunk in stream:
        before = found.get(chunk.index)
        text, scores = (before.text, before.scores) if before else ("", ())
        found[chunk.index] = replace(chunk, text=text + chunk.text, scores=(*scores, *chunk.scores))
    return [found[index] for index in sorted(found)]


def bare(chunks: list[Chunk]) -> list[Chunk]:
    return [replace(chunk, state=None) for chunk in chunks]


async def state_after(stream: AsyncIterator[Chunk]) -> StateHandle:
    found = (await whole(stream))[0].state
    assert found is not None
    return found


async def home_first(served: list[Served], channel: str) -> list[Served]:
    """Return the replicas, with the one that serves ``channel`` first."""
    async with connected(*served) as engine:
        await whole(engine.stream(Request(tokens=(300,), channel=channel, sampling=SamplingParams(max_tokens=1))))
    home = [each for each in served if each.engine.requests]
    assert len(home) == 1
    home[0].engine.requests.clear()
    return [*home, *(each for each in served if each is not home[0])]


async def test_replies_are_those_of_the_engine() -> None:
    local = FakeEngine()
    async with serving(FakeEngine()) as served, connected(*served) as engine:
        for request in (
            REQUEST,
            replace(REQUEST, n=3),
            replace(REQUEST, sampling=SamplingParams(max_tokens=0, seed=1)),
        ):
            assert bare(await whole(engine.stream(request))) == bare(await whole(local.stream(request)))
        assert engine.info == local.info
        assert engine.status().state == "ready"


async def test_all_of_a_request_arrives() -> None:
    bias = ((3, float("-inf")), (4, 1.5))
    sampling = SamplingParams(seed=1, logit_bias=bias, banned_tokens=(9,), max_tokens=2, dry_sequence_breakers=("x",))
    request = Request(
        tokens=(1, 2), sampling=sampling, stop=("\n\n", "鸟"), n=2, history=(5, 6), channel="c:1",
        guidance=Guidance(tokens=(7,), factor=1.5), grammar=Grammar("regex", "[a-z]+"), forced=(260, 261), scores=2,
        user="u", address="1.2.3.0", service="api", timeout=2.5,
    )  # fmt: skip
    async with serving(FakeEngine()) as served, connected(*served) as engine:
        await whole(engine.stream(request))
        assert served[0].engine.requests == [request]


async def test_a_reply_goes_on_from_a_states_name() -> None:
    local = FakeEngine()
    async with serving(FakeEngine()) as served, connected(*served) as engine:
        after = await whole(engine.stream(REQUEST))
        next_request = Request(tokens=(after[0].tokens[-1], 262), state=after[0].state, sampling=SEEDED, channel="a")
        wanted = replace(next_request, state=await state_after(local.stream(REQUEST)))
        assert bare(await whole(engine.stream(next_request))) == bare(await whole(local.stream(wanted)))
        assert served[0].engine.tokens_read == 3 + 2, "the path was not read again"
        held = after[0].state
        assert held is not None
        assert held.nbytes < 2000, "the state itself stays there"


async def test_a_state_that_is_gone_is_read_again() -> None:
    async with serving(FakeEngine()) as served, connected(*served) as engine:
        first = await whole(engine.stream(REQUEST))
        second_request = Request(tokens=(first[0].tokens[-1], 262), state=first[0].state, sampling=SEEDED, channel="a")
        second = await whole(engine.stream(second_request))
        third = replace(second_request, tokens=(second[0].tokens[-1], 265), state=second[0].state)
        wanted = bare(await whole(engine.stream(third)))
        await served[0].states.forget(list(served[0].states._cached))
        assert bare(await whole(engine.stream(third))) == wanted
        exported = await engine.export_state(third.state) if third.state else b""
        await served[0].states.forget(list(served[0].states._cached))
        assert third.state is not None
        assert await engine.export_state(third.state) == exported


async def test_a_kept_state_has_the_name_it_was_given() -> None:
    async def rebuild() -> StateHandle:
        raise AssertionError("it is there")

    async with serving(FakeEngine()) as served, connected(*served) as engine:
        state = await state_after(engine.stream(REQUEST))
        await engine.keep("d1", state)
        assert await engine.known(["d1", "d2"], "a") == {"d1"}
        after = Request(tokens=(262,), state=engine.named("d1", "a", rebuild), sampling=SEEDED, channel="a")
        named = bare(await whole(engine.stream(after)))
        assert named == bare(await whole(engine.stream(replace(after, state=state))))
        await engine.forget(["d1"])
        assert await engine.known(["d1"], "a") == set()


async def test_nothing_is_forgotten_everywhere_while_no_engine_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that restarts lists none of its engines, whose storage still has the states."""
    async with serving(FakeEngine()) as served, connected(*served) as engine:
        assert await engine.forget(["d1"])
        with monkeypatch.context() as restarting:
            restarting.setattr(engine._replicas, "_all", [])
            assert not await engine.forget(["d1"])


async def test_whoever_named_a_state_makes_it_again() -> None:
    made: list[StateHandle] = []
    async with serving(FakeEngine()) as served, connected(*served) as engine:

        async def rebuild() -> StateHandle:
            made.append(await state_after(engine.stream(REQUEST)))
            return made[-1]

        after = Request(tokens=(262,), state=engine.named("d1", "a", rebuild), sampling=SEEDED, channel="a")
        first = bare(await whole(engine.stream(after)))
        assert len(made) == 1
        assert first == bare(await whole(engine.stream(replace(after, state=made[0]))))
        assert len(served[0].engine.requests) == 3


async def test_states_travel_when_they_are_asked_for(tmp_path: Path) -> None:
    tuned = tmp_path / "state.pth"
    tuned.write_bytes(b"tuned")
    async with serving(FakeEngine()) as served, connected(*served) as engine:
        exported = await engine.export_state(await state_after(engine.stream(REQUEST)))
        for state in (await engine.import_state(exported), await engine.tuned_state(tuned)):
            after = Request(tokens=(262,), state=state, sampling=SEEDED, channel="b")
            first = bare(await whole(engine.stream(after)))
            await served[0].states.forget(list(served[0].states._cached))
            assert bare(await whole(engine.stream(after))) == first, "it is sent once more"
        with pytest.raises(ModelError, match="damaged"):
            await engine.import_state(b"x" * 50)


async def test_errors_are_the_engines() -> None:
    async with serving(FakeEngine()) as served, connected(*served) as engine:
        fake = served[0].engine
        fake.busy = Busy("The queue is full: {waiting} requests are already waiting.", waiting=7)
        with pytest.raises(Busy, match="7 requests are already waiting"):
            await whole(engine.stream(REQUEST))
        fake.busy = None
        for failure, kind in (
            (InvalidOption("no {x}", x=1), InvalidOption),
            (RuntimeError("secret path"), EngineError),
        ):
            fake.fail_after, fake.failure = 1, failure
            with pytest.raises(kind) as caught:
                await whole(engine.stream(REQUEST))
            assert "secret" not in str(caught.value), "an accident's text stays on its machine"


async def test_leaving_or_cancelling_ends_the_reply_there() -> None:
    async with serving(FakeEngine()) as served, connected(*served) as engine:
        fake = served[0].engine
        fake.held = True
        stream = engine.stream(REQUEST)
        assert (await anext(stream)).finish_reason is None
        assert fake.status().rows_running == 1
        await stream.aclose()  # type: ignore[attr-defined]
        await until(lambda: fake.status().rows_running == 0)
        stream = engine.stream(REQUEST)
        await anext(stream)
        assert await engine.cancel("a") == 1
        assert [chunk.finish_reason async for chunk in stream][-1] == "cancelled"
        assert await engine.cancel("a") == 0


async def test_a_replica_that_is_gone_before_the_first_token_costs_nothing() -> None:
    wanted = bare(await whole(FakeEngine().stream(REQUEST)))
    first, second = await home_first([await serve(FakeEngine()), await serve(FakeEngine())], "a")
    async with connected(first, second) as engine:
        await first.stop()
        assert bare(await whole(engine.stream(REQUEST))) == wanted
        assert len(second.engine.requests) == 1
        assert [view.condition for view in engine.replicas if view.url == first.url] == ["down"]
    await second.stop()


async def test_a_reply_that_has_begun_goes_on_elsewhere_word_for_word() -> None:
    request = replace(REQUEST, n=2)
    wanted = bare(await whole(FakeEngine().stream(request)))
    first, second = await home_first([await serve(FakeEngine()), await serve(FakeEngine())], "a")
    async with connected(first, second) as engine:
        first.engine.held = True
        stream = engine.stream(request)
        pieces = [await anext(stream)]
        await kill(first)
        pieces += [chunk async for chunk in stream]
    joined = {index: "".join(chunk.text for chunk in pieces if chunk.index == index) for index in (0, 1)}
    assert joined == {chunk.index: chunk.text for chunk in wanted}
    assert bare([chunk for chunk in pieces if chunk.finish_reason])[0].tokens == wanted[0].tokens
    await second.stop()


async def test_a_reply_that_would_come_out_differently_is_not_patched_together() -> None:
    first, second = await home_first([await serve(FakeEngine()), await serve(FakeEngine())], "a")
    async with connected(first, second) as engine:
        first.engine.held = True
        second.engine.enqueue("Something else.")
        stream = engine.stream(REQUEST)
        await anext(stream)
        await kill(first)
        with pytest.raises(EngineError, match="differently"):
            await whole(stream)
    await second.stop()


async def test_none_left_is_busy_and_a_second_loss_an_error() -> None:
    served = await serve(FakeEngine())
    async with connected(served) as engine:
        await served.stop()
        with pytest.raises(Busy, match="No engine answers"):
            await whole(engine.stream(REQUEST))
        assert engine.status().state == "failed"
    first, second = await home_first([await serve(FakeEngine()), await serve(FakeEngine())], "a")
    async with connected(first, second) as engine:
        for check in engine._replicas._checks.values():
            check.cancel()  # they would find out before the reply does
        await first.stop()
        await second.stop()
        with pytest.raises(EngineError, match="two engines were lost"):
            await whole(engine.stream(REQUEST))


async def kill(served: Served) -> None:
    """Break a replica's connections while a reply is being written."""
    for connection in list(served.server.server_state.connections):
        connection.transport.abort()
    await served.stop()


async def test_a_replica_that_closes_finishes_its_replies_and_keeps_their_states() -> None:
    async with serving(FakeEngine(), FakeEngine()) as served, connected(*served) as engine:
        home, other = await home_first(served, "a")
        home.engine.held = True
        reply = engine.stream(REQUEST)
        await anext(aiter(reply))
        draining = asyncio.create_task(home.running.drain(600.0))
        await until(lambda: home.running.draining)
        await whole(engine.stream(replace(REQUEST, tokens=(260,))))
        assert [len(each.engine.requests) for each in (home, other)] == [1, 1], "new ones go to the other"
        home.engine.held = False
        state = await state_after(reply)
        await engine.keep("d1", state)
        assert await home.states.known(["d1"]) == {"d1"}, "it keeps what it has written"
        assert await draining


async def test_a_replica_that_was_started_again_with_another_model_is_not_asked() -> None:
    async with serving(FakeEngine(), FakeEngine()) as served, connected(*served) as engine:
        home, other = await home_first(served, "a")
        home.engine.fingerprint = "fake-2"
        assert bare(await whole(engine.stream(REQUEST))) == bare(await whole(FakeEngine().stream(REQUEST)))
        assert [len(each.engine.requests) for each in (home, other)] == [0, 1]
        await until(lambda: "refused" in [view.condition for view in engine.replicas])
