"""What all conversations share: engine, store, states, prompts, running turns and the disk budget."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.chat.channel_lore import ChannelLore
from bot.chat.character_composer import CharacterComposer, PlaySettings
from bot.chat.character_library import CharacterLibrary
from bot.chat.composer import Composer, ConversationStart
from bot.chat.engine import Engine
from bot.chat.gate import Gate
from bot.chat.initial_states import InitialStates
from bot.chat.insertions import Insertions
from bot.chat.play import Play
from bot.chat.prompt_composer import PromptComposer
from bot.chat.retokenizing import Vocabulary
from bot.chat.state_cache import StateBudget, StateCache
from bot.engine.types import Chunk
from bot.errors import Busy, NotFound
from bot.library.characters.character_folder import CharacterFolder
from bot.library.characters.definition import Character
from bot.library.macros.macro_values import MacroValues
from bot.library.prompt_files import Prompts
from bot.library.prompts import ChatPrompt
from bot.library.scenes.scene_folder import SceneFolder
from bot.metrics import Metrics
from bot.store.digest import digest_after, tuned_beginning
from bot.store.node import INITIAL, Node
from bot.store.nodes import storable
from bot.store.store import Store
from bot.tasks import Tasks

log = logging.getLogger(__name__)

SHORT = 20_000  # characters; encoded within a few milliseconds
DEFAULT_PROMPT = ("bot", "default_prompt")  # scope and key of the value set by `+prompt set-default`

DRAWN: Mapping[str, object] = {"temperature": 1.0, "top_p": 0.5}
"""How replies are drawn unless a prompt, a card or the configuration says otherwise, as in RWKV's own programs.

Drawn from all words, one reply in six of a small model's characters slips into another language.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """The conversation settings from the configuration."""

    default_prompts: Sequence[str] = ()  # the first existing one is used for new conversations
    sampling: Mapping[str, object] = field(default_factory=dict)  # defaults, overridden by each prompt's own
    seed: int | None = None  # for turns that do not set one; None: a new seed each time
    max_input_chars: int = 8000
    max_waiting: int = 20  # turns of one channel that may queue
    state_memory: int = 256 << 20  # bytes
    state_budget: int = 1 << 30  # bytes on disk
    keep_turns: int = 4
    composer: Callable[[ChatPrompt], Composer] = PromptComposer
    metrics: Metrics = field(default_factory=Metrics)
    characters: CharacterFolder = field(default_factory=lambda: CharacterFolder([]))
    scenes: SceneFolder = field(default_factory=lambda: SceneFolder(()))  # cast pictures are stored next to the scenes
    lore: Sequence[Path] = ()  # folders of lorebooks that any channel may use


class Core:
    """The shared parts of all conversations, one instance per app.

    Keeps their tasks alive until they have committed.
    """

    def __init__(
        self,
        engine: Engine,
        store: Store,
        prompts: Prompts,
        vocabulary: Vocabulary,
        settings: ChatSettings,
        gate: Gate | None = None,  # every turn passes it; closed while the model changes
    ) -> None:
        self.engine = engine
        self.store = store
        self.prompts = prompts
        self.settings = settings
        self.initial_states = InitialStates(engine, settings.characters)
        budget = StateBudget(memory=settings.state_memory, disk=settings.state_budget, keep_turns=settings.keep_turns)
        self.states = StateCache(engine, store, self.initial_states.get, budget, settings.metrics)
        self.characters = CharacterLibrary(settings.characters, store.cards)
        self.lore = ChannelLore(store.values, settings.lore)
        self.gate = gate or Gate()
        self._vocabulary = vocabulary
        self._default_prompts = tuple(settings.default_prompts)
        self.metrics = settings.metrics
        self._tasks = Tasks("the conversations")
        self._closing = False

    @property
    def sampling(self) -> dict[str, object]:
        """The lowest layer of a turn's sampling: the configuration, and below it `DRAWN`."""
        return {**DRAWN, **self.settings.sampling}

    @property
    def vocabulary(self) -> str:
        """The name of the running model's vocabulary."""
        return self._vocabulary.name

    @property
    def default_prompt(self) -> str:
        """The prompt for new conversations; "" if none of the configured ones exists."""
        known = self.prompts.names()
        return next((name for name in self._default_prompts if name in known), "")

    async def set_default_prompt(self, name: str) -> None:
        """Make ``name`` the prompt for new conversations, now and after a restart. Raises NotFound."""
        found = self.prompts.get(name).name
        await self.store.values.set(*DEFAULT_PROMPT, found)
        self._default_prompts = (found, *(other for other in self._default_prompts if other != found))

    def composer(self, prompt: ChatPrompt) -> Composer:
        """Return the composer for conversations with ``prompt``."""
        return self.settings.composer(prompt)

    async def prompt_composer(self, prompt: ChatPrompt, root: Node, channel: str) -> Composer:
        """Return the composer for the conversation with this ``root``, including the channel's books and note."""
        composer = self.composer(prompt)
        books, note = await self.lore.of(channel)
        if not isinstance(composer, PromptComposer) or not (books or note):
            return composer
        insertions = Insertions(
            bot=prompt.bot,
            labels={"user": f"{prompt.user}{prompt.separator}", "assistant": f"{prompt.bot}{prompt.separator}"},
            values=MacroValues(char=prompt.bot, user=prompt.user, seed=f"{channel}/{root.id}", now=root.created),
            books=books,
            notes=(note,) if note is not None else (),
            count_tokens=self._count_tokens,
        )
        return replace(composer, insertions=insertions)

    async def encode(self, text: str) -> tuple[int, ...]:
        """Return the tokens of ``text``. Long texts are encoded in a thread."""
        encode = self.engine.coder.encode
        return tuple(encode(text) if len(text) < SHORT else await asyncio.to_thread(encode, text))

    def _count_tokens(self, text: str) -> int:
        return len(self.engine.coder.encode(storable(text)))

    async def character_composer(self, play: Play, scope: str, channel: str) -> Composer:
        """Return the composer for a character, including the books and note of ``channel`` ("platform:id").

        A character that no longer exists continues without its card.
        """
        try:
            character = await self.characters.get(play.character, scope)
        except NotFound:
            character = Character(id=play.character, name=play.title or play.bot, char=play.bot, user=play.user)
        books, note = await self.lore.of(channel)
        initial = await self.initial_states.name(character)
        settings = PlaySettings(
            initial=initial,
            play=play,
            books=books,
            note=note,
            count_tokens=self._count_tokens,
        )
        return await asyncio.to_thread(CharacterComposer, character, settings)

    def roots(self, composer: Composer) -> list[Node]:
        """Return the roots that a conversation can start from, not yet committed; the first is the default."""
        made = datetime.now(UTC)  # shared by all: siblings are the roots with the same time and predecessor
        return [self._root(composer.name, start, made) for start in composer.starts()]

    def _root(self, name: str, start: ConversationStart, made: datetime) -> Node:
        tokens = tuple(self.engine.coder.encode(storable(start.read))) if start.read else ()
        initial = str(start.kept.get(INITIAL, ""))
        return Node(
            id=0, channel=0, parent=None, kind="root", author=name, input=start.read, output=start.greeting,
            speaker=start.speaker, user=start.user, input_tokens=tokens, created=made, sampling=dict(start.kept),
            digest=digest_after(tuned_beginning(initial), tokens),
        )  # fmt: skip

    def admit(self, waiting: int) -> None:
        """Check that a turn may start.

        Raises Busy if too many turns are waiting in the channel or Roost is closing, StoreError if the disk is full.
        """
        if self._closing:
            raise Busy("Roost is shutting down. Everything said so far is saved.")
        self.store.check_disk_space()
        if waiting >= self.settings.max_waiting:
            raise Busy("{waiting} messages are already waiting here. Try again in a moment.", waiting=waiting)

    def count_reply(self, last: Chunk) -> None:
        """Count a reply by its last chunk."""
        self.metrics.count("roost_turns_total", end=last.finish_reason or "")

    def spawn(self, work: Coroutine[object, None, None]) -> asyncio.Task[None]:
        """Run a turn in the background. Closing the app waits for it, whether or not anyone reads its updates."""
        return self._tasks.spawn(work)

    async def close(self, channels: Sequence[str], seconds: float) -> None:
        """Cut the running replies of ``channels``, let every turn commit, and accept no new ones. Idempotent."""
        self._closing = True
        for channel in channels:
            try:
                await self.engine.cancel(channel)
            except Exception:  # a failed model: its turns end by themselves
                log.exception("the reply in %s could not be cut", channel)
        await self._tasks.finish(seconds)
        await self.states.close(seconds)
