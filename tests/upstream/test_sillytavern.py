"""SillyTavern's server with ours as backend: each of its API types connects, generates and streams."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.free_port import free_port
from tests.upstream.conftest import Server, stop, wait_for

TEXT_TYPES = ("generic", "ooba", "koboldcpp", "llamacpp")


@pytest.fixture(scope="session")
def tavern(programs: Path, node: str) -> Iterator[str]:
    """SillyTavern's URL."""
    package = programs / "sillytavern" / "node_modules" / "sillytavern"
    assert package.exists(), "`make upstream` fetches it"
    folder, port = programs / "sillytavern", free_port()  # its compiled files stay in its data folder
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [node, "server.js", "--port", str(port), "--disableCsrf", "--browserLaunchEnabled=false",
             "--dataRoot", str(folder / "data"), "--configPath", str(folder / "config.yaml")],
            cwd=package, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/version", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(process)


def post(url: str, **body: object) -> str:
    return httpx.post(url, json=body, timeout=300).raise_for_status().text


def pieces(stream: str) -> list[Any]:
    lines = [line[6:] for line in stream.splitlines() if line.startswith("data: ") and "[DONE]" not in line]
    return [json.loads(line) for line in lines]


def text_of(answer: dict[str, Any]) -> str:
    """Return the text of an answer or a chunk; llama.cpp and KoboldCpp have their own formats."""
    found = answer.get("content", answer.get("token"))
    return str(answer["choices"][0]["text"] if found is None else found)


@pytest.mark.parametrize("kind", TEXT_TYPES)
def test_text_completion(kind: str, tavern: str, server: Server) -> None:
    base, common = f"{tavern}/api/backends/text-completions", {"api_server": server.url, "api_type": kind}
    assert json.loads(post(f"{base}/status", **common))["result"]
    asked = common | {"prompt": "User: Hello!\n\nAssistant:", "max_tokens": 24, "n_predict": 24, "max_length": 24}
    assert text_of(json.loads(post(f"{base}/generate", **asked, stream=False))).strip()
    assert "".join(map(text_of, pieces(post(f"{base}/generate", **asked, stream=True)))).strip()


def test_kobold_classic(tavern: str, server: Server) -> None:
    base, common = f"{tavern}/api/backends/kobold", {"api_server": f"{server.url}/api"}
    assert json.loads(post(f"{base}/status", **common))["koboldUnitedVersion"]
    asked = common | {"prompt": "User: Hello!\n\nAssistant:", "max_length": 24, "gui_settings": False,
                      "max_context_length": 2048}  # fmt: skip
    assert json.loads(post(f"{base}/generate", **asked, streaming=False))["results"][0]["text"].strip()
    assert "".join(piece["token"] for piece in pieces(post(f"{base}/generate", **asked, streaming=True))).strip()


def test_chat_completion(tavern: str, server: Server) -> None:
    base = f"{tavern}/api/backends/chat-completions"
    common = {"chat_completion_source": "custom", "custom_url": f"{server.url}/v1"}
    assert json.loads(post(f"{base}/status", **common))["data"]
    asked = common | {"model": "demo", "messages": [{"role": "user", "content": "Hello!"}], "max_tokens": 24}
    assert json.loads(post(f"{base}/generate", **asked))["choices"][0]["message"]["content"].strip()
    found = pieces(post(f"{base}/generate", **asked, stream=True))
    assert "".join(piece["choices"][0]["delta"].get("content", "") for piece in found if piece["choices"]).strip()
