"""`roost doctor`."""

from pathlib import Path

import pytest

from bot.__main__ import main
from bot.cli.doctor import check_engines, check_state_storage
from bot.config.schema import Config, EngineSection, ModelSection, StoreSection
from tests.fakes import FakeEngine
from tests.remote.served import KEY, serve
from tests.store.fake_s3 import fake_s3

MODEL = ModelSection()


def test_doctor_tells_what_is_wrong_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    (tmp_path / "bot.toml").write_text('[web]\nhost = "0.0.0.0"\nport = 0\n[chat]\nprompt = "nope"\n')
    monkeypatch.setenv("ROOST_CONFIG", str(tmp_path / "bot.toml"))
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "!!  web: 0.0.0.0 is open to others and [web] token is empty: set ROOST_WEB_TOKEN" in told
    assert '!!  prompts: [chat] prompt is "nope"; there are: ' in told
    assert "--  discord: not connected" in told
    assert "2 problems found." in told
    (tmp_path / "bot.toml").write_text('[web]\nport = 0\n[discord]\ntoken = "abc"\n')
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "!!  discord: the token does not look like a bot's" in told
    assert "abc" not in told
    (tmp_path / "bot.toml").write_text("[web]\nport = 0\n")
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert "All is well." in told
    assert "ok  memory: the model needs about" in told
    (tmp_path / "bot.toml").write_text("[web]\nport = 0\n[engine]\nrows = 1000\n")
    monkeypatch.setattr("bot.engine.files.memory.free_memory", lambda device: 500_000_000)
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "for the states of 1000 rows), 500 MB are free. Choose a smaller model, fewer [engine] rows" in told


def test_doctor_speaks_the_terminals_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bot.toml").write_text("[web]\nport = 0\n[discord]\nenabled = false\n[engine]\nrows = true\n")
    monkeypatch.setenv("ROOST_CONFIG", str(tmp_path / "bot.toml"))
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "設定" in told
    assert "[engine] rows" in told
    (tmp_path / "bot.toml").write_text("[web]\nport = 0\n[discord]\nenabled = false\n")
    assert main(["doctor"]) == 0
    assert "無効です（[discord] enabled）" in capsys.readouterr().out


async def test_storage_of_states_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "me")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    async with fake_s3() as s3:

        async def told(url: str) -> tuple[str, str]:
            store = StoreSection(state_url=url, state_endpoint=s3.url)
            found = await check_state_storage(Config(store=store, model=MODEL))
            return found.mark, str(found.text)

        assert await told("s3://bucket/states") == ("ok", "states: s3://bucket/states answers")
        s3.broken = True
        mark, text = await told("s3://bucket/states")
        assert mark == "bad"
        assert "403" in text
        assert (await told("bucket"))[1] == 'states: [store] state_url: expected "s3://BUCKET/FOLDER", found bucket'


async def test_engines_are_asked_what_they_run(tmp_path: Path) -> None:
    here, gone = await serve(FakeEngine()), await serve(FakeEngine())
    await gone.stop()

    async def told(*urls: str, key: str = KEY) -> list[tuple[str, str]]:
        section = EngineSection.model_validate({"urls": list(urls), "key": key})
        return [(found.mark, str(found.text)) async for found in check_engines(Config(engine=section, model=MODEL))]

    assert await told() == []
    refused = await told(here.url, gone.url)
    assert [mark for mark, _ in refused] == ["bad", "bad"]
    assert "tokenizer" in refused[0][1]
    assert gone.url in refused[1][1]
    assert "needs the key" in (await told(here.url, key="wrong"))[0][1]
    await here.stop()
