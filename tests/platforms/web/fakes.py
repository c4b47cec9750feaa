"""Hand-written fakes below the web platform: a scripted dispatcher, commands, conversations."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.commands.command import Command, Option
from bot.errors import NotFound
from bot.events import Called, Event, File, Origin, Question, Reply, Said, Sink


async def nothing(context: object, **options: object) -> None:
    """The body of the commands in these tests."""


def make_command(name: str, *options: Option, aliases: tuple[str, ...] = (), admin: bool = False) -> Command:
    return Command(
        name=name,
        summary="Does something.",
        family="talk",
        run=nothing,
        aliases=aliases,
        options=options,
        permission="admin" if admin else "everyone",
    )


class FakeRegistry:
    def __init__(self) -> None:
        self.commands = [
            make_command("alternate", aliases=("+",)),
            make_command("undo", Option(name="turns", help="how many")),
            make_command("gen", Option(name="text", help="the text", required=True)),
            make_command("export", Option(name="format", help="which", choices=("text", "json"))),
            make_command("announce", admin=True),
        ]

    def __iter__(self) -> Iterator[Command]:
        return iter(self.commands)


class FakeDispatcher:
    """Echoes in three frames; some texts are special cases. ``cut`` lists the channels whose turns were cut."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.known: set[str] = set()
        self.refused: set[str] = set()  # authors
        self.cut: list[str] = []
        self.stopped: set[str] = set()
        self.frames = 0
        self.mute = False  # commands answer nothing
        self.next_text: str | None = None  # replaces the next echo's text

    @property
    def said(self) -> list[Said]:
        return [event for event in self.events if isinstance(event, Said)]

    async def handle(self, event: Event, sink: Sink) -> None:
        self.events.append(event)
        self.known.add(event.origin.channel)
        try:
            await self._play(event, sink)
        except asyncio.CancelledError:
            self.cut.append(event.origin.channel)
            raise

    async def complete(self, origin: Origin, command: str, option: str, prefix: str) -> list[str]:
        return [f"{command}.{option}.{prefix}"]

    async def question(self, origin: Origin, command: str, arguments: Mapping[str, object]) -> Question | None:
        return None

    async def refuses(self, origin: Origin) -> bool:
        return origin.author.id in self.refused

    async def shown(self, origin: Origin, texts: Sequence[str]) -> list[str]:
        return list(texts)

    async def _play(self, event: Event, sink: Sink) -> None:
        channel = event.origin.channel
        if isinstance(event, Called) and event.command == "stop":
            self.stopped.add(channel)
            await sink.send(Reply(text="Stopped."))
            return
        await sink.typing()
        match event.text if isinstance(event, Said) else "silence" if self.mute else "":
            case "forever":
                await self._forever(channel, sink, "word ")
            case "flood":
                await self._forever(channel, sink, "flood " * 50_000)
            case "error":
                await sink.send(Reply(text="The queue is full.", kind="error"))
            case "file":
                await sink.send(Reply(text="Here.", files=(File("a.txt", b"\x00bytes", "text/plain"),)))
            case "twice":
                await sink.send(Reply(text="one"))
                await sink.update(Reply(text="tw", kind="turn"))
                await asyncio.sleep(0.01)
                await sink.send(Reply(text="two", kind="turn", node=2, position=(1, 2)))
            case "silence":
                pass
            case text:
                said, self.next_text = self.next_text or f"echo: {text}", None
                await self._echo(said, sink)

    async def _echo(self, text: str, sink: Sink) -> None:
        for end in (5, 6, len(text)):
            await sink.update(Reply(text=text[:end], kind="turn"))
            await asyncio.sleep(0.005)
        await sink.send(Reply(text=text, kind="turn", node=7, position=(2, 3), actions=("undo",), finish_reason="stop"))

    async def _forever(self, channel: str, sink: Sink, word: str) -> None:
        text = ""
        while channel not in self.stopped:
            self.frames += 1
            # A flood replaces its text, to keep this test's memory use small.
            text = text + word if len(word) < 100 else f"{self.frames} {word}"
            await sink.update(Reply(text=text, kind="turn"))
            await asyncio.sleep(0.01)
        await sink.send(Reply(text=text, kind="turn", node=8, finish_reason="cancelled"))


@dataclass(frozen=True, slots=True)
class FakeTurn:
    id: int
    input: str = ""
    output: str = ""
    parent: int | None = 1
    kind: str = "chat"
    author: str = "User"
    speaker: str = ""
    finish_reason: str | None = "stop"
    sampling: Mapping[str, object] = field(default_factory=dict)
    names: Sequence[str] = ()
    created: datetime | None = None
    output_tokens: Sequence[int] = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class FakePrompt:
    name: str = "chat-en"
    title: str = "Chat"
    bot: str = "Robin"
    greeting: str = "Good morning."
    sampling: Mapping[str, object] = field(default_factory=lambda: {"temperature": 0.9})


@dataclass
class FakeChannel:
    turns: list[FakeTurn]
    can_redo: bool = False
    settings: Mapping[str, object] = field(default_factory=dict)

    async def history(self, turns: int | None = None, *, node: int | None = None) -> Sequence[FakeTurn]:
        path = [turn for turn in self.turns if node is None or turn.id <= node]
        return path[-turns:] if turns else path

    @property
    def head(self) -> FakeTurn:
        return self.turns[-1]

    async def node(self, node: int) -> FakeTurn:
        found = [turn for turn in self.turns if turn.id == node]
        if not found:
            raise NotFound("There is no turn number {number} here.", number=node)
        return found[0]

    async def siblings(self, node: int | None = None) -> Sequence[FakeTurn]:
        return [turn for turn in self.turns if turn.kind != "root"]

    async def tree(self) -> Sequence[FakeTurn]:
        return self.turns

    async def position(self, node: int | None = None) -> tuple[int, int]:
        return (2, 3)


@dataclass
class FakeConversation:
    channel: FakeChannel
    prompt: FakePrompt = field(default_factory=FakePrompt)

    picture: str | None = None

    scene_name: str = ""

    async def face(self) -> str | None:
        return self.picture

    async def cover(self) -> str | None:
        return self.picture


@dataclass(frozen=True, slots=True)
class FakeFound:
    channel: str
    node: int
    input: str = ""
    output: str = ""


class FakeConversations:
    def __init__(self) -> None:
        self.settings: Mapping[str, object] = {}
        self.turns = [FakeTurn(1, kind="root"), FakeTurn(2, "hi", "hello")]
        self.opened: list[str] = []
        self.deleted: list[str] = []
        self.forgotten: list[str] = []
        self.known: set[str] = set()  # channels in which something was said
        self.picture: str | None = None
        self.scene_name = ""
        self.sampling: dict[str, object] = {"top_p": 0.5, "max_tokens": 300}
        self.found: list[FakeFound] = []  # what every search finds
        self.searched: list[Sequence[str]] = []
        self.slow: asyncio.Event | None = None  # a search waits for this

    def first_prompt(self, language: str | None) -> FakePrompt:
        return FakePrompt(name="chat-ja" if language == "ja" else "chat-en")

    async def search(self, platform: str, channels: Sequence[str], words: str) -> Sequence[FakeFound]:
        self.searched.append(channels)
        if self.slow is not None:
            await self.slow.wait()
        return [turn for turn in self.found if turn.channel in channels]

    async def last_words(self, platform: str, channels: Sequence[str]) -> Mapping[str, str]:
        return {channel: f"the last\nwords of {channel[:4]}" for channel in channels if channel in self.known}

    async def any_words(self, platform: str, channels: Sequence[str]) -> Mapping[str, str]:
        return await self.last_words(platform, channels)

    async def delete(self, platform: str, channel: str) -> bool:
        self.deleted.append(channel)
        self.known.discard(channel)
        return True

    async def forget_user(self, user: str) -> None:
        self.forgotten.append(user)

    async def find(self, platform: str, channel: str) -> FakeConversation | None:
        assert platform == "web"
        if channel not in self.known:
            return None
        self.opened.append(channel)
        return FakeConversation(
            FakeChannel(self.turns, settings=self.settings), picture=self.picture, scene_name=self.scene_name
        )


class FakeValues:
    """Yields to other tasks while it reads and writes, as a database does."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], object] = {}

    async def get(self, scope: str, key: str, default: object = None) -> object:
        await asyncio.sleep(0)
        return self.values.get((scope, key), default)

    async def set(self, scope: str, key: str, value: object) -> None:
        await asyncio.sleep(0)
        self.values[scope, key] = value

    async def update(self, scope: str, key: str, change: Callable[[object], object]) -> object:
        await asyncio.sleep(0)
        new = change(self.values.get((scope, key)))
        if new is None:
            self.values.pop((scope, key), None)
        else:
            self.values[scope, key] = new
        return new

    async def delete(self, scope: str, key: str) -> bool:
        return self.values.pop((scope, key), None) is not None


@dataclass(frozen=True, slots=True)
class FakeCharacter:
    id: str
    name: str
    imported: bool = False
    shared: bool = False
    version: str = ""
    tags: Sequence[str] = ()
    problem: str = ""


class FakeCharacters:
    """Mira belongs to everyone; each scope also has one character, named after the scope."""

    async def listed(self, scope: str) -> Sequence[FakeCharacter]:
        return [FakeCharacter("own", scope, imported=True, version="1.1"), FakeCharacter("mira", "Mira", tags=("sea",))]

    async def face(self, name: str, scope: str) -> bytes | None:
        return b"png" if name == "mira" else None
