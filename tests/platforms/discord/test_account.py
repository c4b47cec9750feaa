"""The parts of the account."""

from bot.config.schema import DiscordSection
from bot.platforms.discord.account import capabilities_of


def test_what_discord_can_do_follows_the_configuration() -> None:
    capabilities = capabilities_of(DiscordSection(file_after_chars=500, edit_interval_s=2.0))
    assert capabilities.file_after == 500
    assert capabilities.edit_interval == 2.0
    assert capabilities.edits
    assert capabilities.pushes
    assert capabilities.message_limit == 2000
