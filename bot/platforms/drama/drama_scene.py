"""RWKV-Drama's single scene, played in a channel: calls become commands, replies are read from the turn tree.

In RWKV-Drama, candidates exist only on the page until one is chosen. Here they are **open** lines: pending in the
channel, but not reported as pending until the page sends the chosen one back.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.chat.scene_stage import Stage, tag_of
from bot.errors import NotFound, UserError
from bot.events import Attachment, Called, CollectingSink, Dispatcher, Origin
from bot.library.scenes.drama_files import (
    DRAWN,
    EDITED,
    SCENARIO_FILE,
    SHOWN_ONLY,
    TYPED,
    DramaLine,
    DramaPlay,
    read_scenario,
    scenario_of,
    write_log,
    write_scenario,
)
from bot.library.scenes.scene_definition import Member, Scene
from bot.platforms.drama.drama_bodies import ConfigBody, GenerateBody, LineBody
from bot.platforms.drama.drama_saves import DramaSaves
from bot.platforms.drama.drama_statistics import DramaStatistics
from bot.store.node import Node

OPEN = "drama_open"  # channel setting: the node id of the first open line
CONFIG = "drama_config"
TAGS_REMEMBERED = 2_000  # lines
NO_SCENE = "No scene is being played here. `+scene begin NAME` starts one."


class DramaScene:
    """The scene. Callers hold ``lock``, so calls run in order of arrival: the page does not wait for each reply."""

    def __init__(
        self, dispatcher: Dispatcher, conversations: Conversations, channel: tuple[str, str], saves: DramaSaves
    ) -> None:
        self.lock = asyncio.Lock()
        self.statistics = DramaStatistics()
        self._dispatcher = dispatcher
        self._conversations = conversations
        self._platform, self._channel = channel
        self._saves = saves
        self._last: GenerateBody | None = None
        self._tags: OrderedDict[int, str] = OrderedDict()  # by node id, where the tree does not record the tag
        self._began: datetime | None = None  # local time; names the log file

    def place(self, origin: Origin) -> Origin:
        """Return ``origin`` moved to the scene's channel."""
        return Origin(platform=self._platform, channel=self._channel, author=origin.author, language=origin.language,
                      address=origin.address)  # fmt: skip

    # --- beginning ----------------------------------------------------------------------------------------------

    async def new(self, origin: Origin, scenario: Mapping[str, object]) -> None:
        """Start a scene from a scenario's example."""
        data = write_scenario(scenario)
        await self._begin(origin, data)
        await asyncio.to_thread(self._saves.write_scenario, *_names(scenario), data)

    async def load(self, origin: Origin, log: bytes) -> None:
        """Start a scene from a log's lines."""
        play = read_scenario(log)
        await self._begin(origin, log)
        stage = await self.stage()
        read = [line.tag for line in play.lines if line.tag != SHOWN_ONLY]
        for node, tag in zip(stage.lines, read, strict=False):
            self._remember(node.id, tag)

    async def _begin(self, origin: Origin, data: bytes) -> None:
        await self._call(origin, "scene", {"what": "import"}, Attachment(SCENARIO_FILE, data))
        await (await self._conversation()).channel.set_setting(OPEN, None)
        self.statistics, self._last, self._began = DramaStatistics(), None, datetime.now().astimezone()
        self._tags.clear()

    # --- lines --------------------------------------------------------------------------------------------------

    async def add(self, origin: Origin, line: LineBody) -> None:
        """Add a line that a user has written, or chosen among the candidates."""
        if line.InputTag == SHOWN_ONLY:
            return
        found = await self._open()
        node = await self._chosen(origin, line, found) if len(found) == 1 else None
        if node is None:
            await self._close(origin, found)
            command = "as" if line.Character else "narrate"
            arguments = {"text": line.Message} | ({"name": line.Character} if line.Character else {})
            node = await self._call(origin, command, arguments)
        await (await self._conversation()).channel.set_setting(OPEN, None)
        if node is not None and line.InputTag in (DRAWN, EDITED, TYPED):
            self._remember(node, line.InputTag)
        self.statistics.taken_as_drawn += line.InputTag == DRAWN

    async def _chosen(self, origin: Origin, line: LineBody, found: Sequence[Node]) -> int | None:
        """Return the candidate that was sent back, unchanged or edited; None if it is a different line."""
        open_one = found[0]
        if open_one.speaker != line.Character:
            return None
        candidates = await (await self._conversation()).channel.siblings(open_one.id)
        words = " ".join(line.Message.split())
        for number, candidate in enumerate(candidates, 1):
            if " ".join(candidate.output.split()) == words:
                if candidate.id == open_one.id:
                    return candidate.id
                return await self._call(origin, "pick", {"number": number, "words": ""})
        return await self._call(origin, "edit", {"text": line.Message}) if line.InputTag == EDITED else None

    async def draw(self, origin: Origin, wanted: GenerateBody | None) -> tuple[str, GenerateBody]:
        """Generate lines; with None, one more candidate like the last. Return the text after the requested start."""
        request = wanted or self._last
        if request is None:
            raise NotFound("Nothing was generated yet, so there is nothing to generate again.")
        if not request.Character:
            request = request.model_copy(update={"Character": next(iter((await self.stage()).actors()), "")})
        self._last = request
        await self._close(origin, await self._open())
        begun, texts = time.monotonic(), list[str]()
        for number in range(request.lines):
            node = await self._draw_line(origin, request, request.StartWith if not number else "")
            if node is None:
                break
            if not number:
                await (await self._conversation()).channel.set_setting(OPEN, node.id)
            texts.append(node.output)
        text = "\n".join(texts)
        self.statistics.count(text, time.monotonic() - begun)
        start = request.StartWith.strip()
        return text.removeprefix(start).lstrip() if text.startswith(start) else text, request

    async def _draw_line(self, origin: Origin, request: GenerateBody, start: str) -> Node | None:
        config = request.Cfg or await self.config()
        least = max(request.MinLength, config.min_len)
        options = " ".join(f"-{name}={value}" for name, value in config.sampling(least).items())
        words = f"{request.Character}: {start}" if start.strip() else request.Character
        node = await self._call(origin, "speak", {"name": f"{words} {options}"})
        return None if node is None else await (await self._conversation()).channel.node(node)

    async def drop(self, origin: Origin, lines: str) -> None:
        """Drop the last pending line, or ``all`` of them."""
        await self._close(origin, await self._open())
        if await self.pending():
            await self._call(origin, "drop", {"lines": lines})

    async def accept(self, origin: Origin) -> None:
        """Accept the pending lines."""
        await self._close(origin, await self._open())
        if await self.pending():
            await self._call(origin, "accept", {})

    async def _close(self, origin: Origin, found: Sequence[Node]) -> None:
        """Drop the open candidates."""
        if found:
            await self._call(origin, "drop", {"lines": str(len(found))})
            await (await self._conversation()).channel.set_setting(OPEN, None)

    # --- looking ------------------------------------------------------------------------------------------------

    async def stage(self) -> Stage:
        """Return the scene's state, including open lines. Raises NotFound if there is no scene."""
        return await (await self._conversation()).scene.stage()

    async def history(self) -> list[DramaLine]:
        """Return the accepted lines."""
        conversation = await self._conversation()
        waiting = {line.id for line in await conversation.pending.lines()}
        return [self._line(line) for line in (await self.stage()).lines if line.id not in waiting]

    async def pending(self) -> list[DramaLine]:
        """Return the lines not accepted yet, without open candidates."""
        open_ones = {line.id for line in await self._open()}
        lines = await (await self._conversation()).pending.lines()
        return [self._line(line) for line in lines if line.output and line.id not in open_ones]

    async def scenario(self) -> dict[str, object]:
        """Return the scenario as it was loaded, or as it would be exported."""
        stage = await self.stage()
        series, name = str(stage.rules.get("series") or ""), str(stage.rules.get("name") or "")
        kept = await asyncio.to_thread(self._saves.scenario, series, name)
        if kept:
            return dict(read_scenario(kept).scenario)
        cast = tuple(Member(name=role.name, player=role.player) for role in stage.roles.values())
        setting = str(stage.rules.get("setting") or "")
        return dict(scenario_of(Scene(id="", name=name, series=series, setting=setting, cast=cast)))

    async def save_log(self) -> None:
        """Save the accepted lines next to the scenario."""
        scenario = await self.scenario()
        play = DramaPlay(scenario=scenario, lines=tuple(await self.history()))
        self._began = self._began or datetime.now().astimezone()
        await asyncio.to_thread(self._saves.write_log, *_names(scenario), self._began, write_log(play))

    async def config(self) -> ConfigBody:
        """Return the default sampling settings."""
        conversation = await self._conversations.find(self._platform, self._channel)
        kept = conversation.channel.settings.get(CONFIG) if conversation is not None else None
        return ConfigBody.model_validate(kept) if isinstance(kept, dict) else ConfigBody()

    async def set_config(self, config: ConfigBody) -> None:
        conversation = await self._conversations.open(self._platform, self._channel, None)
        await conversation.channel.set_setting(CONFIG, config.model_dump())

    async def kept_picture(self, series: str, name: str, speaker: str) -> Path | None:
        """Return the path of a speaker's picture next to the scenario, or None."""
        return await asyncio.to_thread(self._saves.picture, series, name, speaker)

    async def face(self, series: str, name: str, speaker: str) -> bytes | None:
        """Return a speaker's picture if that scene is being played, else None."""
        conversation = await self._conversations.find(self._platform, self._channel)
        if conversation is None or not conversation.scene.is_active:
            return None
        rules = (await conversation.scene.stage()).rules
        is_played = (rules.get("series"), rules.get("name")) == (series, name)
        return await conversation.picture(speaker, "") if is_played else None

    async def tokens(self) -> dict[str, list[int]]:
        """Return the tokens read up to the root ("Init"), HEAD ("Main") and the last pending line ("Pending")."""
        conversation, stage = await self._conversation(), await self.stage()
        head, found, read = conversation.channel.head.id, dict[str, list[int]](), list[int]()
        for node in stage.path:
            read += node.tokens
            for key, last in (("Init", stage.path[0].id), ("Main", head), ("Pending", stage.path[-1].id)):
                if node.id == last:
                    found[key] = list(read)
        return found

    async def text(self, tokens: Sequence[int]) -> str:
        return await asyncio.to_thread(self._conversations.core.engine.coder.decode, tokens)

    # --- inside -------------------------------------------------------------------------------------------------

    async def _conversation(self) -> Conversation:
        found = await self._conversations.find(self._platform, self._channel)
        if found is None:
            raise NotFound(NO_SCENE)
        return found

    async def _open(self) -> list[Node]:
        """Return the open lines; none if the first of them was accepted or dropped elsewhere."""
        conversation = await self._conversation()
        first = conversation.channel.settings.get(OPEN)
        lines = await conversation.pending.lines() if first is not None else []
        at = next((place for place, line in enumerate(lines) if line.id == first), len(lines))
        return lines[at:]

    async def _call(self, origin: Origin, command: str, arguments: Mapping[str, object], *files: Attachment
                    ) -> int | None:  # fmt: skip
        """Run a command as a user would. Return the node of its last reply, if any. Raises UserError if it fails."""
        sink = CollectingSink()
        called = Called(origin=origin, command=command, arguments=arguments, attachments=files)
        await self._dispatcher.handle(called, sink)
        for reply in sink.replies:
            if reply.kind == "error":
                raise UserError("{problem}", problem=reply.text)
        return next((reply.node for reply in reversed(sink.replies) if reply.node is not None), None)

    def _line(self, node: Node) -> DramaLine:
        tag = self._tags.get(node.id) or tag_of(node)
        return DramaLine(tag=tag, text=node.output, speaker=node.speaker, raw={"UUID": f"{node.id}"})

    def _remember(self, node: int, tag: str) -> None:
        self._tags[node] = tag
        while len(self._tags) > TAGS_REMEMBERED:
            self._tags.popitem(last=False)


def _names(scenario: Mapping[str, object]) -> tuple[str, str]:
    return str(scenario.get("ScenarioSeries") or ""), str(scenario.get("ScenarioName") or "")
