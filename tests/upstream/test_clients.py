"""LangChain's ChatOpenAI and the `llm` command line."""

import json
from pathlib import Path

from tests.upstream.conftest import Server, run


def test_langchain(server: Server, programs: Path, tmp_path: Path) -> None:
    script = Path(__file__).with_name("langchain_client.py")
    printed = run([programs / "venv" / "bin" / "python", script, f"{server.url}/v1"], tmp_path)
    whole, streamed, cat, response = [json.loads(line) for line in printed.splitlines()]
    assert whole.strip()
    assert streamed.strip()
    assert 0 <= cat["age"] <= 30
    assert response.strip()


def test_llm(server: Server, programs: Path, tmp_path: Path) -> None:
    known = f"- model_id: roost\n  model_name: demo\n  api_base: {server.url}/v1\n"
    (tmp_path / "extra-openai-models.yaml").write_text(known)
    program = programs / "venv" / "bin" / "llm"
    variables = {"LLM_USER_PATH": str(tmp_path), "OPENAI_API_KEY": "none"}
    for more in ([], ["--no-stream"]):
        command: list[str | Path] = [program, "-m", "roost", "-o", "max_tokens", "30", *more, "Hello there!"]
        assert run(command, tmp_path, variables=variables).strip()
    assert run([program, "-c", "-o", "max_tokens", "30", "And you?"], tmp_path, variables=variables).strip()
