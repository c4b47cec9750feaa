"""The table of platforms: each has its section of bot.toml, and owners come from there."""

import subprocess
import sys
from pathlib import Path

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


def test_a_start_imports_nothing_that_only_some_bots_need(tmp_path: Path) -> None:
    program = """
import asyncio, sys
from bot.app import open_app, start_platforms
from bot.config.schema import Config
from bot.testing import ParrotEngine

async def main():
    config = Config.model_validate({"bot": {"data": sys.argv[1]}, "web": {"port": 0}})
    async with open_app(config, engine=ParrotEngine("Good day.")) as app:
        await start_platforms(app)
        assert [platform.name for platform in app.platforms] == ["web"], app.problems

asyncio.run(main())
later = "aiohttp alembic bot.platforms.api.api_application discord opentelemetry.sdk torch webauthn websockets"
print([name for name in later.split() if name in sys.modules])
"""
    for start in ("first", "second"):
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, timeout=300
        )
        unneeded = ["alembic"] if start == "first" else []  # it creates the tables
        assert done.stdout.strip() == str(unneeded)
