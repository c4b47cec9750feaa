"""The calls to llama.cpp, which needs a compiler to install, on a stand-in that checks what it is given."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.engine.bench.peer import Peer, PeerSettings
from bot.engine.files.convert import write_random
from bot.errors import ModelError

# Like llama.cpp it requires consecutive positions, a context as large as its batches, and sequences within its number.
LLAMA = """
import types

import gguf

print("importing")

def llama_backend_init():
    pass

def llama_model_default_params():
    return types.SimpleNamespace()

def llama_model_load_from_file(path, params):
    reader = gguf.GGUFReader(path.decode())
    assert reader.fields["general.architecture"].contents() == "rwkv7"
    kinds = {tensor.name: tensor.tensor_type.name for tensor in reader.tensors}
    print("matrices", kinds["blk.0.time_mix_key.weight"])
    return None if path.endswith(b"peer-F16.gguf") else reader

def llama_context_default_params():
    return types.SimpleNamespace(n_threads=0, n_threads_batch=0)

def llama_init_from_model(model, params):
    assert params.n_threads == params.n_threads_batch == 3
    assert params.n_ctx % (256 * params.n_seq_max) == 0
    params.positions = {}
    return params

def llama_batch_init(size, embedding, sequences):
    assert (embedding, sequences) == (0, 1)
    names = ("token", "pos", "n_seq_id", "logits")
    return types.SimpleNamespace(seq_id=[[None] for _ in range(size)], **{name: [None] * size for name in names})

def llama_get_memory(context):
    return context.positions

def llama_memory_clear(memory, data):
    memory.clear()

def llama_decode(context, batch):
    assert 0 < batch.n_tokens <= context.n_batch <= context.n_ctx
    assert context.n_ubatch <= min(512, context.n_batch)
    last = {}
    for place in range(batch.n_tokens):
        row = batch.seq_id[place][0]
        assert batch.n_seq_id[place] == 1 and 0 <= row < context.n_seq_max
        assert batch.pos[place] == context.positions.get(row, 0), "positions must be consecutive"
        context.positions[row] = batch.pos[place] + 1
        last[row] = place
    wanted = [place for place in range(batch.n_tokens) if batch.logits[place]]
    assert wanted == list(last.values()), "the logits of each sequence's last token"
    return int(batch.n_tokens == 7)  # an error

def llama_synchronize(context):
    pass
"""


@pytest.fixture(autouse=True)
def llama_cpp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the stand-in for child processes."""
    folder = tmp_path / "packages"
    folder.mkdir()
    (folder / "llama_cpp.py").write_text(LLAMA, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")])))


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[str, str], PeerSettings]:
    def made(version: str, strategy: str) -> PeerSettings:
        model = write_random(version, "tiny", 0, tmp_path / f"{version}.pth")
        return PeerSettings("llama.cpp", str(model), str(tmp_path), version, strategy, threads=3)

    return made


@pytest.mark.parametrize(("strategy", "stored"), [("cpu bf16", "BF16"), ("cpu int8", "Q8_0"), ("cpu w8a8", "Q8_0")])
def test_prompts_and_rows_are_fed_in_the_precision_of_ours(
    strategy: str, stored: str, settings: Callable[[str, str], PeerSettings], capfd: pytest.CaptureFixture[str]
) -> None:
    with Peer(settings("7", strategy)) as peer:
        for _ in range(2):
            assert peer.measure("prefill", 600) > 0
            assert peer.measure("decode", 3, rows=4) > 0
            assert peer.measure("decode", 2) > 0
    assert f"matrices {stored}" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("version", "strategy", "reason"), [("6", "cpu bf16", "RWKV-7 only"), ("7", "cpu fp16", "cannot load")]
)
def test_a_model_that_cannot_run_is_an_error(
    version: str, strategy: str, reason: str, settings: Callable[[str, str], PeerSettings],
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    with pytest.raises(ModelError, match=r"llama\.cpp could not run"):
        Peer(settings(version, strategy))
    assert reason in capfd.readouterr().err


def test_a_failed_step_is_an_error(
    settings: Callable[[str, str], PeerSettings], capfd: pytest.CaptureFixture[str]
) -> None:
    with Peer(settings("7", "cpu bf16")) as peer, pytest.raises(ModelError, match=r"llama\.cpp could not run"):
        peer.measure("prefill", 7)
    assert "failed with error 1" in capfd.readouterr().err
