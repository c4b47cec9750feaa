from bot.platforms.discord.panels import Panels
from tests.platforms.discord.test_discord_sender import Table


async def test_a_channel_has_one_panel_also_after_a_restart() -> None:
    table = Table()
    assert await Panels(table).replace(5, "10") is None
    assert await Panels(table).replace(6, "11") is None
    assert await Panels(table).replace(5, "12") == "10"
    assert await Panels(table).replace(5, "13") == "12"
