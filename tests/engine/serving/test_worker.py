"""Between asyncio and the engine thread: nothing is lost, no client waits forever or blocks others."""

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator

import pytest

from bot.engine.serving.batch_engine import Engine
from bot.engine.serving.loader import assemble
from bot.engine.serving.mailbox import Mailbox
from bot.engine.serving.thread_messages import Message, Submit
from bot.engine.serving.worker import EngineWorker
from bot.engine.types import Chunk, EngineError, Request, SamplingParams
from bot.errors import Busy, InvalidOption, ModelError
from tests.engine.toys import ByteCoder, ToyModel, run, settings
from tests.engine.toys import engine as plain_engine
from tests.waiting import until, until_in_thread

GREEDY = SamplingParams(temperature=0, max_tokens=20)
ENDLESS = SamplingParams(temperature=0, max_tokens=1_000_000)


def worker(model: ToyModel | None = None, *, rows: int = 4, queue_limit: int = 64) -> EngineWorker:
    chosen = settings(rows=rows, queue_limit=queue_limit)
    return EngineWorker(lambda: assemble(model or ToyModel(), ByteCoder(), chosen), rows=rows, queue_limit=queue_limit)


@pytest.fixture
async def started() -> AsyncIterator[EngineWorker]:
    one = worker()
    await one.start()
    yield one
    await one.close()


async def collect(stream: AsyncIterator[Chunk]) -> list[Chunk]:
    return [chunk async for chunk in stream]


def paced(seconds: float) -> ToyModel:
    """A model whose steps are slow."""
    model = ToyModel()
    model.on_step = lambda lengths: time.sleep(seconds)
    return model


async def test_a_reply_is_the_engines(started: EngineWorker) -> None:
    request = Request(tokens=(5, 6, 7), sampling=GREEDY)
    chunks = await collect(started.stream(request))
    expected = run(plain_engine(), request)[0]
    assert "".join(chunk.text for chunk in chunks) == expected.text
    assert chunks[-1].tokens == expected.tokens
    assert [chunk.finish_reason for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert started.coder.decode(started.coder.encode("héllo")) == "héllo"


async def test_many_at_once(started: EngineWorker) -> None:
    requests = [Request(tokens=(1 + n, 2, 3), sampling=GREEDY, n=1 + n % 3) for n in range(40)]
    replies = await asyncio.gather(*(collect(started.stream(request)) for request in requests))
    for request, chunks in zip(requests, replies, strict=True):
        expected = run(plain_engine(), request)[0]
        last = {chunk.index: chunk.tokens for chunk in chunks if chunk.finish_reason}
        assert last == {index: chunk.tokens for index, chunk in expected.last.items()}
    status = started.status()
    assert status.state == "ready"
    assert status.rows_running == status.queue_length == 0
    assert status.tokens_written > 0
    assert status.tokens_per_second > 0


async def test_what_loading_raises_is_raised_by_start() -> None:
    def load() -> None:
        raise ModelError("There is no model file here.")

    broken = EngineWorker(load, rows=1, queue_limit=1)  # type: ignore[arg-type]  # it never returns
    with pytest.raises(ModelError, match="no model file"):
        await broken.start()
    assert broken.status().state == "failed"
    with pytest.raises(ModelError):
        await collect(broken.stream(Request(tokens=(1,))))
    await broken.close()


async def test_errors_reach_the_one_who_asked() -> None:
    one = worker(rows=1, queue_limit=2)
    await one.start()
    with pytest.raises(InvalidOption):
        await collect(one.stream(Request(tokens=(9999,))))
    running = [asyncio.ensure_future(collect(one.stream(Request(tokens=(1,), sampling=ENDLESS)))) for _ in range(3)]
    await until(lambda: one.status().queue_length == 2)
    with pytest.raises(Busy, match="number 3 in the queue"):
        await collect(one.stream(Request(tokens=(1,))))
    await one.close()
    assert [(await task)[-1].finish_reason for task in running] == ["cancelled"] * 3


async def test_a_failing_model_fails_the_replies_and_goes_on() -> None:
    model = ToyModel()
    one = worker(model)
    await one.start()
    model.failure = RuntimeError("out of memory")
    with pytest.raises(EngineError) as caught:
        await collect(one.stream(Request(tokens=(1,), sampling=GREEDY)))
    assert isinstance(caught.value.__cause__, RuntimeError)
    model.failure = None
    assert (await collect(one.stream(Request(tokens=(1,), sampling=GREEDY))))[-1].finish_reason == "length"
    await one.close()


async def test_whoever_comes_while_the_engine_fails_is_told() -> None:
    """A request that arrives after the thread last drained its inbox must not wait forever."""
    one = worker()
    await one.start()
    inbox, late = one._inbox, Mailbox(Request(tokens=(1,)))
    close = inbox.close

    def closing() -> list[Message]:
        inbox.put(Submit(late))  # at the last moment
        messages = close()
        with pytest.raises(EngineError):
            inbox.put(Submit(Mailbox(Request(tokens=(1,)))))  # a moment later
        return messages

    inbox.close = closing  # type: ignore[method-assign]
    with pytest.raises(EngineError):
        await one._call(_break)
    with pytest.raises(EngineError):
        await late.get()
    await until(lambda: one.status().state == "failed")
    assert await one.cancel("anywhere") == 0
    with pytest.raises(EngineError):
        await collect(one.stream(Request(tokens=(1,))))
    await one.close()


def _break(engine: Engine) -> None:
    def step() -> None:
        raise SystemExit

    engine.step = step  # type: ignore[method-assign, assignment]
    engine.submit(Request(tokens=(1,)))
    raise EngineError("broken")


async def test_closing_the_stream_cancels() -> None:
    one = worker(paced(0.002), rows=1)
    await one.start()
    stream = one.stream(Request(tokens=(1,), sampling=ENDLESS))
    await anext(stream)
    assert one.status().rows_running == 1
    await stream.aclose()  # type: ignore[attr-defined]  # the protocol promises an iterator, this is a generator
    await until(lambda: one.status().rows_running == 0)
    task = asyncio.ensure_future(collect(one.stream(Request(tokens=(1,), sampling=ENDLESS))))
    await until(lambda: one.status().rows_running == 1)
    task.cancel()
    await until(lambda: one.status().rows_running == 0)
    await one.close()


async def test_cancel_by_channel() -> None:
    one = worker(paced(0.002))
    await one.start()
    tasks = [
        asyncio.ensure_future(collect(one.stream(Request(tokens=(1 + n,), sampling=ENDLESS, channel=f"c{n % 2}"))))
        for n in range(4)
    ]
    await until(lambda: one.status().rows_running == 4)
    assert await one.cancel("c1") == 2
    done = await asyncio.gather(tasks[1], tasks[3])
    assert [chunks[-1].finish_reason for chunks in done] == ["cancelled"] * 2
    assert not tasks[0].done()
    await one.close()
    await asyncio.gather(*tasks)


async def test_states_go_out_and_come_back(started: EngineWorker) -> None:
    whole = await collect(
        started.stream(Request(tokens=(1, 2, 3), sampling=SamplingParams(temperature=0, max_tokens=20)))
    )
    part = await collect(
        started.stream(Request(tokens=(1, 2, 3), sampling=SamplingParams(temperature=0, max_tokens=8)))
    )
    state = part[-1].state
    assert state is not None
    data = await started.export_state(state)
    other = worker()
    await other.start()
    again = await other.import_state(data)
    assert await other.export_state(again) == data
    rest = await collect(
        other.stream(
            Request(tokens=part[-1].tokens[-1:], state=again, sampling=SamplingParams(temperature=0, max_tokens=12))
        )
    )
    assert part[-1].tokens + rest[-1].tokens == whole[-1].tokens
    with pytest.raises(ModelError):
        await other.import_state(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(ModelError):
        await other.import_state(b"")
    await other.close()
    foreign = worker(ToyModel(fingerprint="another"))
    await foreign.start()
    with pytest.raises(ModelError, match="another model"):
        await foreign.import_state(data)
    await foreign.close()


async def test_a_slow_reader_holds_up_nobody_and_loses_nothing() -> None:
    one = worker()
    await one.start()
    long = Request(tokens=(1,), sampling=SamplingParams(temperature=0, max_tokens=3000))
    slow = one.stream(long)
    first = await anext(slow)
    quick = await collect(one.stream(Request(tokens=(2,), sampling=GREEDY)))
    assert quick[-1].finish_reason == "length"
    await until(lambda: one.status().rows_running == 0)
    rest = await collect(slow)
    assert len(rest) <= 2  # waiting chunks were merged
    assert first.text + "".join(chunk.text for chunk in rest) == one.coder.decode(rest[-1].tokens)
    await one.close()


async def test_the_loop_runs_on_while_the_model_works() -> None:
    ticks = 0
    moved = []

    def step(lengths: object) -> None:
        before = ticks
        until_in_thread(lambda: ticks >= before + 2)
        moved.append(ticks - before)

    model = ToyModel()
    model.on_step = step
    one = worker(model)
    await one.start()
    task = asyncio.ensure_future(collect(one.stream(Request(tokens=(1,), sampling=GREEDY))))
    while not task.done():
        await asyncio.sleep(0.001)
        ticks += 1
    assert len(moved) == 20, "the loop went on in every one of them"
    await one.close()


async def test_close_ends_running_replies_and_the_thread() -> None:
    one = worker(paced(0.005), rows=2)
    await one.start()
    tasks = [asyncio.ensure_future(collect(one.stream(Request(tokens=(1,), sampling=ENDLESS)))) for _ in range(5)]
    await until(lambda: one.status().rows_running == 2)
    await one.close()
    await one.close()
    for chunks in await asyncio.gather(*tasks):
        assert chunks[-1].finish_reason == "cancelled"
    assert not any(thread.name == "roost-engine" for thread in threading.enumerate())
    assert one.status().state == "closed"
    with pytest.raises(EngineError, match="closed"):
        await collect(one.stream(Request(tokens=(1,))))
    assert await one.cancel("x") == 0


async def test_a_thread_that_dies_tells_everybody(caplog: pytest.LogCaptureFixture) -> None:
    model = ToyModel()
    one = worker(model, rows=1)
    await one.start()
    tasks = [asyncio.ensure_future(collect(one.stream(Request(tokens=(1,), sampling=ENDLESS)))) for _ in range(3)]
    await until(lambda: one.status().rows_running == 1)

    def die(lengths: object) -> None:
        raise KeyboardInterrupt

    model.on_step = die
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(result, EngineError)
    await until(lambda: one.status().state == "failed")
    with pytest.raises(EngineError, match="failed"):
        await collect(one.stream(Request(tokens=(1,))))
    await one.close()


async def test_a_worker_that_is_not_closed_is_complained_about() -> None:
    one = worker()
    await one.start()
    thread = one._thread
    assert thread is not None
    with pytest.warns(ResourceWarning, match="not closed"):  # noqa: PT031  # it is the deletion that warns
        del one
        gc.collect()
    await until(lambda: not thread.is_alive())


async def test_nothing_before_start() -> None:
    one = worker()
    with pytest.raises(ModelError, match="not loaded"):
        _ = one.info
    with pytest.raises(ModelError, match="not loaded"):
        one.coder.encode("x")
    assert one.status().state == "loading"
    await one.close()
