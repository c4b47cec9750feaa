"""`roost cluster up` in a process of its own, and its replicas, which can be killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from sqlalchemy import create_engine, text

from tests.free_port import free_port
from tests.remote.processes import KEY, ROOT

FILE = """
proxy_location: HeadOnly
applications:
  - name: roost
    route_prefix: /
    import_path: bot.cluster.serve_application:build
    args: {host: 127.0.0.1}
    deployments:
      - name: Engine
        num_replicas: 2
        ray_actor_options: {num_cpus: 1}
        health_check_timeout_s: 600
        graceful_shutdown_timeout_s: 600
"""


class ClusterProcess:
    """A Ray cluster on this machine with replicas of the demo model: two, unless ``serve_file`` says otherwise."""

    def __init__(self, folder: Path, serve_file: str = FILE, *, rows: int = 32) -> None:
        file, config = folder / "serve.yaml", folder / "bot.toml"
        file.write_text(serve_file, encoding="utf-8")
        config.write_text(f'[engine]\nrows = {rows}\nkey_env = "ROOST_ENGINE_KEY"\n', encoding="utf-8")
        self.port = free_port()
        self.data = folder / "data"
        self._options = ("--data", str(self.data), "--config", str(config))
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
        self._environment |= {"ROOST_ENGINE_KEY": KEY, "PYTHONPATH": str(ROOT)}
        up = self._command("up", str(file), "--cores", "2", "--port", str(self.port))
        self._process = subprocess.Popen(
            up, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    def _command(self, action: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "bot", "cluster", action, *arguments, *self._options]

    def run(self, action: str) -> tuple[int, str]:
        """Run ``roost cluster ACTION`` as from a second terminal; return its exit code and what it printed."""
        done = subprocess.run(
            self._command(action), cwd=ROOT, env=self._environment, check=False, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    def url(self) -> str:
        """Wait until the cluster runs; return the address that bots ask."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("The cluster runs"):
                return f"http://127.0.0.1:{self.port}"
        raise AssertionError("the cluster has ended")

    def replica_at(self, url: str) -> psutil.Process:
        """Return the process that listens at ``url``."""
        number = int(url.rsplit(":", 1)[1])
        for process in psutil.Process(self._process.pid).children(recursive=True):
            listening = [each for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
            if number in [each.laddr.port for each in listening]:
                return process
        raise AssertionError(f"nobody listens at {url}")

    def stop(self) -> int:
        """End it as Ctrl-C does; return its exit code."""
        self._process.send_signal(signal.SIGINT)
        return self.ended()

    def ended(self) -> int:
        """Wait until it has ended; return its exit code."""
        assert self._process.stdout is not None
        self._process.stdout.read()
        return self._process.wait()

    def end(self) -> None:
        """End whatever is left of it."""
        if self._process.poll() is None:
            left = psutil.Process(self._process.pid).children(recursive=True)
            for process in left:
                process.kill()
            self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def stored_states(data: Path) -> int:
    """Return how many states the replicas have written to their file in ``data``."""
    engine = create_engine(f"sqlite:///{data / 'engine-states.db'}")
    with engine.connect() as connection:
        count: int = connection.execute(text("SELECT count(*) FROM states")).scalar_one()
    engine.dispose()
    return count


@contextmanager
def cluster_process(folder: Path, serve_file: str = FILE, *, rows: int = 32) -> Iterator[ClusterProcess]:
    process = ClusterProcess(folder, serve_file, rows=rows)
    try:
        yield process
    finally:
        process.end()
