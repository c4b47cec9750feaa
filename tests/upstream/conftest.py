"""Third-party programs against the real server with the demo model. `make upstream` fetches them."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.free_port import free_port

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "build" / "upstream"
NONE: Mapping[str, str] = {}
PATIENCE = 600.0  # seconds


@dataclass(frozen=True)
class Server:
    """A running bot."""

    url: str
    data: Path

    @property
    def database(self) -> Path:
        return self.data / "roost.db"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.upstream)
            item.add_marker(pytest.mark.timeout(900))


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a server answers there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, f"{url}: the program has ended with {process.returncode}"
        try:
            if httpx.get(url, timeout=5).status_code < 500:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"nobody answers at {url}")


def stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`roost run` with the demo model."""
    folder, port = tmp_path_factory.mktemp("roost"), free_port()
    (folder / "bot.toml").write_text(
        f'[bot]\ndata = "{folder}/data"\n[model]\npath = "{ROOT}/models/demo/demo.pth"\n[web]\nport = {port}\n'
        "[console]\nenabled = false\n[api]\nmax_tokens = 256\n"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", "--config", str(folder / "bot.toml")],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", process)
            yield Server(f"http://127.0.0.1:{port}", folder / "data")
        finally:
            stop(process)


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder that contains the programs."""
    if not (PROGRAMS / "venv" / "bin" / "python").exists():
        pytest.skip("`make upstream` fetches what this needs")
    return PROGRAMS


@pytest.fixture(scope="session")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("there is no node")
    return found


def run(command: list[str | Path], folder: Path, *, fails: bool = False, variables: Mapping[str, str] = NONE) -> str:
    """Return a program's output. It must succeed, unless ``fails``."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
    done = subprocess.run(command, cwd=folder, env=env | dict(variables), capture_output=True, text=True, timeout=800)
    assert done.returncode == 0 or fails, f"{done.stdout[-8000:]}\n{done.stderr[-4000:]}"
    return done.stdout
