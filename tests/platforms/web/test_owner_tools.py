"""The running bot provides everything that the owner's view needs."""

from pathlib import Path

from bot.app import open_app
from bot.config.schema import BotSection, Config, PluginsSection
from bot.i18n import Message
from bot.monitor.not_running import NotRunning
from bot.platform_specs import make_owner_tools
from tests.fakes import FakeEngine


async def test_of_the_real_program(tmp_path: Path) -> None:
    config = Config(bot=BotSection(data=str(tmp_path)), plugins=PluginsSection(enabled=False))
    async with open_app(config, engine=FakeEngine()) as app:
        app.problems.append(NotRunning("qq", Message("switched off ({setting})", setting="[qq] enabled")))
        tools = make_owner_tools(app)
        assert (await tools.overview.facts("en"))["problems"] == [{"name": "qq", "text": "switched off ([qq] enabled)"}]
        assert (await tools.keys.add("a")).startswith("sk-")
        await tools.texts.save("prompt", "mine", 'title = "Mine"')
        assert app.conversations.core.prompts.get("mine").title == "Mine"
        scene = next(each.name for each in await tools.texts.all() if each.kind == "scene")
        source = await tools.texts.read("scene", scene)
        await tools.texts.save("scene", "forest/night", source)
        assert "forest/night" in app.dispatcher.services.scenes.names()
