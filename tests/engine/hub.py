"""A fake Hugging Face hub for tests: the model API and file downloads with ranges."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

REVISION = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """``files`` maps repository to name to bytes. ``requests`` records the requests."""

    daemon_threads = True

    def __init__(self, files: dict[str, dict[str, bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = files
        self.requests: list[tuple[str, str, str]] = []  # method, path, range
        self.break_after: int | None = None  # bytes of a response after which the connection stalls
        self.wrong_hash = False
        self.ranges = True
        self.storage = ""  # another server to redirect file requests to
        self.tokens: list[str] = []
        self.sizes: dict[str, int] = {}  # false sizes to announce

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        path = self.path.split("?")[0]
        self.server.tokens.append(self.headers.get("Authorization") or "")
        self.server.requests.append((self.command, path, self.headers.get("Range") or ""))
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(/revision/[^/]+)?", path):
            self.model(match[1])
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path):
            self.file(match[1], match[2], body=body)
        else:
            self.missing("EntryNotFound")

    def model(self, repository: str) -> None:
        if repository not in self.server.files:
            self.missing("RepoNotFound")
            return
        files = self.server.files[repository]
        siblings = [
            {
                "rfilename": name,
                "size": size,
                "lfs": {"sha256": self.hash(data), "size": size, "pointerSize": 130},
            }
            for name, data in files.items()
            for size in (self.server.sizes.get(name, len(data)),)
        ]
        reply = json.dumps({"id": repository, "sha": REVISION, "siblings": siblings}).encode()
        self.send(200, reply, {"Content-Type": "application/json"}, body=True)

    def hash(self, data: bytes) -> str:
        return hashlib.sha256(data + b"?" * self.server.wrong_hash).hexdigest()

    def file(self, repository: str, name: str, *, body: bool) -> None:
        data = self.server.files.get(repository, {}).get(name)
        if data is None:
            self.missing("EntryNotFound")
            return
        if self.server.storage:
            self.send(302, b"", {"Location": self.server.storage + self.path}, body=True)
            return
        headers = {"ETag": f'"{self.hash(data)}"', "X-Repo-Commit": REVISION, "Accept-Ranges": "bytes"}
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        if asked and self.server.ranges:
            begin = int(asked[1])
            headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
            self.send(206, data[begin:], headers, body=body)
        else:
            self.send(200, data, headers, body=body)

    def send(self, status: int, data: bytes, headers: dict[str, str], *, body: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            limit = self.server.break_after
            self.wfile.write(data if limit is None else data[:limit])
            if limit is not None:
                self.server.break_after = 0  # keep the connection stalled
                self.close_connection = True

    def missing(self, code: str) -> None:
        self.send(404, b"{}", {"X-Error-Code": code, "Content-Type": "application/json"}, body=True)

    def log_message(self, format: str, *args: object) -> None:  # the base class's name
        pass


@contextmanager
def running(files: dict[str, dict[str, bytes]]) -> Iterator[Hub]:
    """Run a hub on a free port, in a thread."""
    hub = Hub(files)
    thread = Thread(target=hub.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        thread.join()
        hub.server_close()
