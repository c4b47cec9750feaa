"""From a file to a reply: the bundled demo model, in every precision of the CPU."""

from pathlib import Path

import pytest

from bot.engine.loader import build_engine
from bot.engine.settings import EngineSettings
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
        assert worker.info.vocab_size >= len(worker.encode("The quick brown fox"))
        request = Request(
            tokens=tuple(worker.encode("User: Hello!\n\nAssistant:")),
            stop=("\n\nUser:", "\n\n"),
            sampling=SamplingParams(temperature=0, max_tokens=30),
        )
        text = ""
        async for chunk in worker.stream(request):
            text += chunk.text
        assert len(text.split()) >= 2
        assert chunk.finish_reason in ("stop", "length", "eos")
        assert worker.decode(chunk.tokens) == text
        assert chunk.state is not None
        again = await worker.import_state(await worker.export_state(chunk.state))
        assert again.nbytes == chunk.state.nbytes == worker.info.state_bytes
    finally:
        await worker.close()


async def test_a_missing_model_is_one_clear_line(tmp_path: Path) -> None:
    worker = build_engine(EngineSettings(model=tmp_path / "none.pth"))
    with pytest.raises(ModelError, match=r"none\.pth"):
        await worker.start()
    await worker.close()
