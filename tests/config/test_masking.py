"""No secret in the configuration is shown or logged."""

import json
from pathlib import Path

from bot.config.file import load_config
from bot.config.masking import MASK, secrets, show


def test_secrets_are_masked(tmp_path: Path) -> None:
    path = tmp_path / "bot.toml"
    path.write_text('[web]\ntoken = "hush"\n[discord]\ntoken_env = "D"\n[chat]\nsampling = { top_p = 0.5 }')
    config = load_config(str(path), environment={"D": "mum"})
    shown = show(config)
    assert "hush" not in shown + repr(config)
    assert "mum" not in shown + repr(config)
    assert shown.count(MASK) == 2
    assert sorted(secrets(config)) == ["hush", "mum"]
    again = tmp_path / "again.toml"
    again.write_text(shown, encoding="utf-8")
    assert load_config(str(again), environment={}).chat.sampling == {"top_p": 0.5}, "what is shown can be read again"


def test_plugins_secrets_are_masked_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "bot.toml"
    path.write_text(
        '[plugins.settings.weather]\napi_key = "hush-1"\ncity = "Kyoto"\nwait = 3\n'
        'bot_token_env = "WEATHER"\naccounts = [{ password = "hush-3", name = "Ann" }]\ntokens = ["hush-4"]\n'
        'unset_env = "NOT_SET"\nmy_env = "production"\n'
    )
    config = load_config(str(path), environment={"WEATHER": "hush-2"})
    weather = config.plugins.settings["weather"]
    assert weather["bot_token"] == "hush-2", "a variable's value, as for Roost's own settings"
    assert "unset" not in weather
    assert weather["my_env"] == "production", "no variable's name: the plugin's own setting"
    assert sorted(secrets(config)) == ["hush-1", "hush-2", "hush-3", "hush-4"]
    shown = show(config)
    assert "hush" not in shown
    assert json.dumps(MASK) in shown
    assert "Kyoto" in shown
    assert "Ann" in shown
