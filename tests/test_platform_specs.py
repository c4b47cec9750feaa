"""The table of platforms: each has its section of bot.toml, and owners come from there."""

from bot.config.schema import Config
from bot.platform_specs import PLATFORMS, owners


def test_each_platform_has_its_section() -> None:
    config = Config()
    assert [spec.name for spec in PLATFORMS] == list(dict.fromkeys(spec.name for spec in PLATFORMS))
    for spec in PLATFORMS:
        assert hasattr(config, spec.name), spec.name
        assert spec.make.__doc__


def test_owners_are_named_by_platform() -> None:
    config = Config.model_validate({"bot": {"admins": ["web:me"]}, "discord": {"admin_ids": [5]}})
    assert owners(config) == {"web:me", "discord:5"}
