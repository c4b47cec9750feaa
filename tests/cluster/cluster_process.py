"""`roost cluster up` in a process of its own, and its replicas, which can be killed."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

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
    """A Ray cluster on this machine with two replicas of the demo model."""

    def __init__(self, folder: Path) -> None:
        file = folder / "serve.yaml"
        file.write_text(FILE, encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self.data = folder / "data"
        command = [
            sys.executable, "-m", "bot", "cluster", "up", str(file), "--data", str(self.data), "--cores", "2",
            "--port", str(self.port),
        ]  # fmt: skip
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
        environment |= {"ROOST_ENGINE_KEY": KEY, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

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


@contextmanager
def cluster_process(folder: Path) -> Iterator[ClusterProcess]:
    process = ClusterProcess(folder)
    try:
        yield process
    finally:
        process.end()
