"""From file to reply: the bundled demo model, in every CPU precision."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from bot.engine.models import loading
from bot.engine.serving.loader import build_engine, load
from bot.engine.settings import EngineSettings
from bot.engine.text.world_tokenizer import bundled_vocabulary
from bot.engine.types import Request, SamplingParams
from bot.errors import ModelError
from bot.paths import data_file

DEMO = data_file("models") / "demo" / "demo.pth"


@pytest.mark.parametrize("strategy", ["cpu fp32", "cpu bf16", "cpu int8"])
async def test_the_demo_model_talks(strategy: str) -> None:
    worker = build_engine(EngineSettings(model=DEMO, strategy=strategy, rows=2, threads=1))
    await worker.start()
    try:
        assert worker.info.name == "demo"
        assert worker.info.vocab_size >= len(worker.coder.encode("The quick brown fox"))
        request = Request(
            tokens=tuple(worker.coder.encode("User: Hello!\n\nAssistant:")),
            stop=("\n\nUser:", "\n\n"),
            sampling=SamplingParams(temperature=0, max_tokens=30),
        )
        text = ""
        async for chunk in worker.stream(request):
            text += chunk.text
        assert len(text.split()) >= 2
        assert chunk.finish_reason in ("stop", "length", "eos")
        assert worker.coder.decode(chunk.tokens) == text
        assert chunk.state is not None
        again = await worker.import_state(await worker.export_state(chunk.state))
        assert again.nbytes == chunk.state.nbytes == worker.info.state_bytes
    finally:
        await worker.close()


def test_a_queue_for_one_request_leaves_room_to_warm_up() -> None:
    engine, _ = load(EngineSettings(model=DEMO, rows=1, queue_limit=1, threads=1))
    assert not engine.busy


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"tokenizer": "missing.json"}, "no tokenizer file"),
        ({"tokenizer": "World"}, "it belongs to another model"),
        ({"tuned_state": "missing.pth"}, "no tuned state"),
        ({"tuned_state": "state.pth"}, "not a tuned state of this model"),
        ({"rows": 100_000_000}, "needs about"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_before_anything_is_allocated(
    wrong: dict[str, Any], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*arguments: object, **named: object) -> None:
        raise AssertionError("the weights are being unpacked")

    monkeypatch.setattr(loading, "build_model", build)
    torch.save({"blocks.0.att.time_state": torch.zeros(2, 64, 64)}, tmp_path / "state.pth")
    paths = {name: tmp_path / str(value) for name, value in wrong.items() if name != "rows"}
    if wrong.get("tokenizer") == "World":
        paths = {"tokenizer": bundled_vocabulary()}
    with pytest.raises(ModelError, match=words) as caught:
        load(replace(EngineSettings(model=DEMO), **(wrong | paths)))
    assert "\n" not in str(caught.value)


async def test_a_missing_model_is_one_clear_line(tmp_path: Path) -> None:
    worker = build_engine(EngineSettings(model=tmp_path / "none.pth"))
    with pytest.raises(ModelError, match=r"none\.pth"):
        await worker.start()
    await worker.close()
