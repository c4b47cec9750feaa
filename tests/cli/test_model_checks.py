"""What `roost doctor` reports about the model, its memory and the prompts."""

from pathlib import Path

import pytest

from bot.cli.model_checks import check_model, check_prompts
from bot.config.schema import Config


def test_the_bundled_model_fits() -> None:
    found = check_model(Config())
    assert [finding.mark for finding in found] == ["ok", "ok", "ok"]
    assert [str(finding.text).partition(":")[0] for finding in found] == ["model", "tokenizer", "memory"]


def test_too_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.engine.files.memory.free_memory", lambda device: 1_000_000)
    memory = check_model(Config())[-1]
    assert memory.mark == "bad"
    assert "Choose a smaller model" in str(memory.text)


def test_prompts(tmp_path: Path) -> None:
    assert [finding.mark for finding in check_prompts(Config())] == ["ok"]
    (tmp_path / "chat").mkdir()
    (tmp_path / "chat" / "broken.toml").write_text("title = 1")
    config = Config.model_validate({"chat": {"prompt": "nope", "prompts": [str(tmp_path)]}, "base": tmp_path})
    broken, unknown = check_prompts(config)
    assert (broken.mark, unknown.mark) == ("bad", "bad")
    assert "broken.toml" in str(broken.text)
    assert '[chat] prompt is "nope"' in str(unknown.text)
