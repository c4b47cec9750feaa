import json
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.engine.bench.benchmark import Figure, _line
from bot.engine.cuda.bandwidth import device_bandwidth
from bot.engine.files.convert import convert, write_random
from bot.engine.files.weights import open_model


def test_bench_measures_both_sides_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "bench.json"
    options = ["--shape", "tiny", "--peer", "rwkv", "--rows", "1,3", "--prefill", "32", "--precision", "bf16"]
    assert main(["bench", *options, "--threads", "1", "--turns", "1", "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert set(figures) == {"shape", "version", "decode", "prefill", "ahead", "ttft_ms", "peak_rss_mb"}
    assert [(entry["rows"], entry["precision"]) for entry in figures["decode"]] == [(1, "bf16"), (3, "bf16")]
    for entry in (*figures["decode"], *figures["prefill"]):
        assert entry["ratio"] == pytest.approx(entry["tokens_per_s"] / entry["peer_tokens_per_s"], rel=0.1)
    assert figures["decode"][0]["bandwidth_share"] > 0
    assert figures["ttft_ms"] > 0
    assert figures["peak_rss_mb"] > 50
    assert "rwkv package" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--shape", "9b"], "Unknown shape 9b"),
        (["--version", "8"], "Unknown version 8"),
        (["--strategy", "gpu fp16"], "is not understood"),
        (["--strategy", "cuda fp16 *2 -> cpu fp32"], "name one device"),
        (["--strategy", "cuda:99 fp16"], "cuda:99 fp16"),
        (["--model", "no-such.pth"], "no-such.pth"),
        (["--model", "some.pth", "--version", "6"], "--version is for random weights"),
        (["--turns", "0"], "--turns must be at least 1"),
        (["--threads", "-1"], "--threads must be at least 1"),
        (["--json", "no/where.json"], "not no/where.json"),
        (["--json", "."], "--json must name a file"),
    ],
)
def test_wrong_options_are_named(options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *options]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("peer", "packages"), [("rwkv", "rwkv"), ("rwkvserve", "rwkvserve"), ("llama.cpp", "llama-cpp-python gguf")]
)
def test_a_missing_package_is_named(
    peer: str, packages: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bot.cli.bench.find_spec", lambda name: None)
    assert main(["bench", "--shape", "tiny", "--peer", peer]) == 1
    assert f"pip install {packages} first" in capsys.readouterr().err


def test_no_package_is_measured_beside_a_file_that_only_roost_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = open_model(write_random("7", "tiny", 0, tmp_path / "tiny.pth"))
    narrow = convert(model, "int8", tmp_path / "int8.safetensors")
    options = ["--model", str(narrow), "--peer", "rwkv", "--precision", "int8", "--threads", "1"]
    assert main(["bench", *options]) == 1
    assert "needs the file that it was made of" in capsys.readouterr().err


def test_one_strategy_by_its_name(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    options = ["--shape", "tiny", "--strategy", "cpu fp16", "--rows", "2", "--prefill", "8", "--threads", "1"]
    assert main(["bench", *options, "--turns", "1", "--json", str(out)]) == 0
    assert [entry["precision"] for entry in json.loads(out.read_text())["decode"]] == ["fp16"]


def test_the_devices_bandwidth_is_measured_where_the_numbers_are() -> None:
    assert device_bandwidth("cpu", 1 << 20) > 1e7


@pytest.mark.parametrize("options", [["--precision", "int4"], ["--rows", "0"], ["--rows", "1,x"]])
def test_wrong_values_are_refused_before_anything_runs(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bench", *options])
    said = capsys.readouterr().err
    assert "known are fp32, bf16, int8" in said or "whole numbers above 0 are needed" in said


@pytest.mark.parametrize(
    ("share", "said"), [(0.62, "62% of the memory bandwidth"), (1.0, "100% of"), (2.89, "from the processor's cache")]
)
def test_no_more_than_all_of_the_bandwidth_is_claimed(share: float, said: str) -> None:
    figure = Figure(precision="bf16", tokens_per_s=100.0, rows=1, bandwidth_share=share)
    assert said in _line(figure)
    assert "289" not in _line(figure)
