"""Reading the sections of bot.toml."""

import re
from pathlib import Path
from typing import Any

import pytest
from platformdirs import user_data_path
from pydantic import SecretStr

from bot.config.file import find_config, load_config
from bot.config.schema import Config
from bot.errors import ConfigError
from bot.paths import data_file, own_folder


def write(folder: Path, text: str) -> str:
    path = folder / "bot.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def fault(folder: Path, text: str, **environment: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(write(folder, text), environment=environment)
    return str(caught.value)


def values(config: Config) -> dict[str, Any]:
    return config.model_dump()


def test_the_bundled_file_holds_every_knob_with_its_default() -> None:
    assert values(load_config(str(data_file("bot.toml")), environment={})) == values(Config())
    text = data_file("bot.toml").read_text(encoding="utf-8")
    for name, field in Config.model_fields.items():
        if field.exclude:
            continue
        assert f"[{name}]" in text
        section = text.partition(f"\n[{name}]\n")[2].partition("\n[")[0]
        kind = field.annotation
        assert kind is not None
        for key in kind.model_fields:
            assert re.search(rf"^{key} = .+", section, re.MULTILINE), f"[{name}] {key} is missing in bot.toml"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[discord]\nadmin_ids = [1, 2, "x"]', "[discord] admin_ids[2]: expected an integer, found 'x'"),
        ("[web]\nprot = 1", "[web] prot: unknown key (did you mean port?)"),
        ("[wbe]\nport = 1", "[wbe]: unknown key (did you mean web?)"),
        ("[web]\nport = 70000", "[web] port: must be at most 65535, found 70000"),
        ('[web]\nport = "80"', "[web] port: expected an integer, found '80'"),
        ("[web]\nenabled = 1", "[web] enabled: expected true or false, found 1"),
        ('[bot]\nlanguage = "fr"', "[bot] language: expected 'en', 'zh_CN' or 'ja', found 'fr'"),
        ("web = 3", "[web]: expected a table"),
        ('source = "x"', "source: unknown key"),
        ('[chat]\nprompts = "x"', "[chat] prompts: expected a list"),
        ('base = "/"', "base: unknown key"),
        (
            '[web]\nallowed_hosts = ["a.example/chat"]',
            '[web] allowed_hosts[0]: expected the name of a host, like "chat',
        ),
        ('[web]\nallowed_hosts = ["a b"]', "[web] allowed_hosts[0]: expected the name of a host"),
        ('[web]\ncors_origins = ["example.org"]', "[web] cors_origins[0]: expected scheme and host, like"),
        ('[web]\ncors_origins = ["https://a.example:port"]', "[web] cors_origins[0]: 'https://a.example:port' is not"),
        ('[bot]\nadmins = ["123"]', '[bot] admins[0]: expected "platform:id"'),
        ('[bot]\nname = " "', "[bot] name: "),
        ('[discord]\napi_base = "chat.example.org"', "[discord] api_base: expected an address"),
        (f'[console]\nchannel = "{"x" * 256}"', "[console] channel: may have at most 255 characters"),
        ("[web\n", "cannot be read: Expected ']'"),
        ("[web]\ntoken = 12345", "[web] token: expected a text in quotes"),
        ('[web]\ntoken_env = ""', "[web] token_env: expected the name of an environment variable"),
    ],
)
def test_wrong_values_are_named_by_path(text: str, expected: str, tmp_path: Path) -> None:
    assert expected in fault(tmp_path, text)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('[bot]\nname = "Cröw"'.encode("latin-1"), "line 2 is not UTF-8 text. Save the file with the encoding UTF-8"),
        ("[bot]\n".encode("utf-16"), "line 1 is not UTF-8 text. Save the file with the encoding UTF-8"),
        (b'[model]\npath = "C:\\models\\x.pth"', r"Write Windows paths in single quotes: 'C:\models\rwkv.pth'"),
        (b"[web]\nport = 1\n[web]\n", "Cannot declare [web] twice"),
        (b"[web\nport = 1", "at line 1, column"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_advice(content: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "bot.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=re.escape(expected)):
        load_config(str(path), environment={})


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = tmp_path / "bot.toml"
    path.write_bytes(b'\xef\xbb\xbf[bot]\r\nname = "Crow"\r\n')
    assert load_config(str(path), environment={}).bot.name == "Crow"


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    told = fault(tmp_path, '[web]\nport = -1\n[engine]\nrows = "many"')
    assert "[web] port: must be at least 0" in told
    assert "[engine] rows: expected an integer" in told
    assert str(tmp_path / "bot.toml") in told


def test_any_key_may_come_from_the_environment(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[web]\ntoken_env = "T"\nport_env = "P"\ncors_origins_env = "C"\nhost_env = "UNSET"\n'
        '[discord]\nadmin_ids_env = "A"\n[store]\nurl_env="U"\n[bot]\nname_env = "N"',
    )
    environment = {
        "T": "12345",
        "P": "81",
        "C": '["http://a", "http://b"]',
        "A": "[1, 2]",
        "U": "postgresql://x",
        "N": "7",
    }
    config = load_config(path, environment=environment)
    assert config.web.token == SecretStr("12345"), "a text stays a text"
    assert (config.web.port, config.web.cors_origins, config.web.host) == (81, ["http://a", "http://b"], "127.0.0.1")
    assert (config.discord.admin_ids, config.bot.name) == ([1, 2], "7")
    with pytest.raises(ConfigError, match="port: expected an integer, found 'eighty'"):
        load_config(path, environment={"P": "eighty"})


def test_where_it_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_config(None, {}) == data_file("bot.toml")
    own = write(tmp_path, "")
    assert find_config(None, {}) == Path(own)
    other = tmp_path / "other.toml"
    other.write_text("")
    assert find_config(None, {"ROOST_CONFIG": str(other)}) == other
    assert find_config(own, {"ROOST_CONFIG": str(other)}) == Path(own)
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        find_config("nowhere.toml", {})


def test_where_the_data_lie(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    assert load_config(path, environment={}).data == tmp_path / "data"
    assert load_config(path, environment={"ROOST_DATA": "/v"}).data == Path("/v")
    assert load_config(path, data="/d", environment={"ROOST_DATA": "/v"}).data == Path("/d")


def test_without_a_file_of_ones_own_the_data_lies_in_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        here.append(load_config(environment={}).data)
    assert here == [data_file("bot.toml").parent / "data"] * 2, "a checkout's own folder"
    monkeypatch.setattr("bot.paths._in_checkout", lambda: False)
    assert own_folder() == user_data_path("roost", appauthor=False)
