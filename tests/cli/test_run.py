"""The whole program in a separate process, with the demo model."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.app import open_app
from bot.cli.run import metrics_page
from bot.config.schema import BotSection, Config, MetricsSection
from tests.fakes import FakeEngine
from tests.free_port import free_port
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(600)  # each start imports torch, which is slow on a busy machine
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("ROOST_", "DISCORD_"))}
ROOST = [sys.executable, "-m", "bot"]


@contextmanager
def running(*arguments: str, folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run `roost run` without a terminal; yield the page's URL once it is ready."""
    command = [*ROOST, "run", "--data", str(folder), *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=CLEAN, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            yield process, address(process)
        finally:
            process.kill()


def address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if line.startswith("  data:"):
            break
    found = re.search(r"web: (http://\S+)", told)
    assert found, told
    assert "is ready" in told
    assert "discord: not connected. Set DISCORD_TOKEN" in told
    return found[1]


def ask(base: str, text: str) -> str:
    query = urllib.parse.urlencode({"text": text})
    with urllib.request.urlopen(f"{base}chat_api?{query}", timeout=4 * PATIENCE) as answer:  # noqa: S310  # our own address
        return str(json.load(answer)["output"][0]["value"])


def end(process: "subprocess.Popen[str]", number: signal.Signals) -> str:
    """Send a signal; the process must end by itself with status 0. Returns its remaining output."""
    process.send_signal(number)
    told, _ = process.communicate(timeout=4 * PATIENCE)
    assert process.returncode == 0, told
    assert "Traceback" not in told
    return told


def test_it_serves_and_ends_and_goes_on(tmp_path: Path) -> None:
    with running("--port", "0", folder=tmp_path) as (process, base):
        assert ask(base, "hello").strip()
        with urllib.request.urlopen(f"{base}readyz", timeout=PATIENCE) as answer:  # noqa: S310  # our own address
            assert json.load(answer)["status"] == "ready"
        end(process, signal.SIGTERM)
    with running("--port", "0", folder=tmp_path) as (process, base):
        end(process, signal.SIGINT)
    assert (tmp_path / "roost.db").exists()


def test_prometheus_reads_what_the_running_bot_counts(tmp_path: Path) -> None:
    port = free_port()
    config = tmp_path / "bot.toml"
    model = ROOT / "models" / "demo" / "demo.pth"
    config.write_text(f'[model]\npath = "{model.as_posix()}"\n[metrics]\nenabled = true\nport = {port}\n')
    with running("--port", "0", "--config", str(config), folder=tmp_path) as (process, base):
        assert ask(base, "hello").strip()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as answer:  # our own
            text = answer.read().decode()
        assert re.search(r"^roost_generation_tokens_total [1-9]", text, re.MULTILINE)
        assert re.search(r"^roost_step_seconds_count [1-9]", text, re.MULTILINE)
        assert "hello" not in text
        end(process, signal.SIGTERM)


async def test_a_metrics_port_that_is_taken_stops_nothing_else(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        metrics = MetricsSection(enabled=True, port=port)
        config = Config(bot=BotSection(data=str(tmp_path)), metrics=metrics)
        async with open_app(config, engine=FakeEngine()) as app, metrics_page(app):
            assert any(f"metrics: [metrics] host, port: 127.0.0.1:{port}" in line for line in map(str, app.problems))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_model_loads_ends_it(tmp_path: Path, number: signal.Signals) -> None:
    command = [*ROOST, "run", "--data", str(tmp_path), "--port", "0"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=CLEAN, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    assert "Loading" in process.stdout.readline()
    told = end(process, number)
    assert "Stopped while starting." in told
    assert "is ready" not in told


def test_a_busy_port_is_told_before_the_model_loads(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*ROOST, "run", "--data", str(tmp_path), "--port", str(port)], cwd=ROOT, env=CLEAN, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=4 * PATIENCE, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert "Loading" not in done.stdout
    assert "Traceback" not in done.stderr
