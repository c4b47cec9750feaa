"""The owner's overview of the running bot."""

import json
import logging
from pathlib import Path

from bot.app import open_dispatcher
from bot.config.schema import Config, LogSection, PluginsSection
from bot.i18n import Message
from bot.logs import set_up_logging
from bot.monitor.backups import Backups
from bot.monitor.load_history import LoadHistory
from bot.monitor.not_running import NotRunning
from bot.monitor.overview import Overview
from tests.conversations import open_conversations
from tests.fakes import FakeEngine
from tests.remote.served import connected, serve


async def test_facts_of_a_real_bot(tmp_path: Path) -> None:
    engine = FakeEngine()
    config = Config(plugins=PluginsSection(enabled=False))
    async with open_conversations(tmp_path, engine) as chats, open_dispatcher(config, chats) as dispatcher:
        services = dispatcher.services
        history = LoadHistory(engine.status, chats.core.metrics)
        backups = Backups(services.core.store.back_up, tmp_path / "backups")
        overview = Overview(services, history, backups, [NotRunning("discord", Message("not connected"))])
        await chats.open("test", "a")
        await services.access.set_rule("*", "user", "5", "block")
        await services.limits.change("*", "user_per_minute", 7)
        path = await overview.back_up()
        facts = json.loads(json.dumps(await overview.facts()))
        assert facts["model"]["name"] == engine.info.name
        assert facts["model"]["others"] == []
        assert facts["turns"] == 1
        assert facts["problems"] == [{"name": "discord", "text": "not connected"}]
        assert facts["rules"] == [{"rule": "block", "who": "user:5"}]
        assert {"name": "user_per_minute", "value": 7} in facts["limits"]
        assert facts["backups"][0]["name"] == Path(path).name
        assert facts["memory"]["process"] > 0
        assert overview.load()["rows_running"] == 0
        history.take()
        assert len(overview.charts()["rows"]) == 1


async def test_the_end_of_the_log_without_secrets(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        set_up_logging(LogSection(), ["hunter2-token"])
        for number in range(600):
            logging.getLogger("bot.test").warning("line %d of hunter2-token", number)
        from bot.logs import TAIL_LINES, last_lines

        lines = last_lines()
        assert len(lines) == TAIL_LINES
        assert "line 599" in lines[-1]
        assert not any("hunter2" in line for line in lines)
    finally:
        root.handlers[:], level = before
        root.setLevel(level)


async def test_an_engine_that_does_not_answer_is_a_problem(tmp_path: Path) -> None:
    config = Config(plugins=PluginsSection(enabled=False))
    served, gone = await serve(FakeEngine()), await serve(FakeEngine())
    await gone.stop()
    async with (
        connected(served, gone) as engine,
        open_conversations(tmp_path, engine) as chats,
        open_dispatcher(config, chats) as dispatcher,
    ):
        services = dispatcher.services
        backups = Backups(services.core.store.back_up, tmp_path / "backups")
        overview = Overview(services, LoadHistory(engine.status, chats.core.metrics), backups)
        problems = json.loads(json.dumps(await overview.facts()))["problems"]
        assert len(problems) == 1
        assert problems[0]["name"] == gone.url
    await served.stop()
