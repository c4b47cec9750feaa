"""A real Firefox for the tests, driven by WebDriver BiDi over its own socket: no driver program is needed."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.waiting import PATIENCE

START_SECONDS = 120.0


class FirefoxPage:
    """One tab. ``complaints``: the errors in its console."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._count = 0
        self.context = ""
        self.complaints: list[str] = []

    async def call(self, method: str, **params: Any) -> Any:
        """Send a protocol command."""
        self._count += 1
        await self._socket.send(json.dumps({"id": self._count, "method": method, "params": params}))
        async with asyncio.timeout(PATIENCE):
            while True:
                message = json.loads(await self._socket.recv())
                if message.get("method") == "log.entryAdded" and message["params"]["level"] == "error":
                    self.complaints.append(message["params"]["text"])
                if message.get("id") == self._count:
                    assert message["type"] == "success", message
                    return message["result"]

    async def begin(self) -> None:
        await self.call("session.new", capabilities={})
        self.context = (await self.call("browsingContext.getTree"))["contexts"][0]["context"]
        await self.call("session.subscribe", events=["log.entryAdded"])

    async def open(self, url: str) -> None:
        await self.call("browsingContext.navigate", context=self.context, url=url, wait="complete")

    async def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height}
        await self.call("browsingContext.setViewport", context=self.context, viewport=size)

    async def evaluate(self, script: str) -> Any:
        """Return the value of an expression; promises are awaited."""
        result = await self.call(
            "script.evaluate", expression=f"(async () => JSON.stringify(await ({script})))()",
            target={"context": self.context}, awaitPromise=True,
        )  # fmt: skip
        assert result["type"] == "success", result
        value = result["result"].get("value")
        return None if value is None else json.loads(value)

    async def until(self, script: str) -> Any:
        """Wait until an expression is true."""
        async with asyncio.timeout(PATIENCE):
            while True:
                with contextlib.suppress(AssertionError):  # navigation aborts the script
                    if found := await self.evaluate(script):
                        return found
                await asyncio.sleep(0.05)  # the event happens in another process

    async def click(self, selector: str) -> None:
        await self.until(f"document.querySelector({json.dumps(selector)})?.checkVisibility() ?? false")
        await self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    async def type(self, text: str) -> None:
        """Press the keys of ``text``; "\\ue007" is Enter."""
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": keys}]
        await self.call("input.performActions", context=self.context, actions=actions)


@asynccontextmanager
async def open_firefox() -> AsyncIterator[FirefoxPage]:
    """Open one tab in a fresh profile; skip the test if there is no Firefox."""
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        pytest.skip("no Firefox is installed (Debian: apt-get install firefox-esr)")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        process = await asyncio.create_subprocess_exec(
            path, "--headless", "--no-remote", "--profile", home, "--remote-debugging-port", "0",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, env={**os.environ, "HOME": home},
        )  # fmt: skip
        try:
            address = await _address(process)
            async with connect(f"{address}/session", max_size=None) as socket:
                page = FirefoxPage(socket)
                await page.begin()
                yield page
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(START_SECONDS):
        while line := (await process.stderr.readline()).decode("utf-8", "replace"):
            if found := re.search(r"ws://\S+", line):
                return found[0]
    raise RuntimeError("Firefox ended before it listened")
