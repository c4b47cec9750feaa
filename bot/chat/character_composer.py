"""The composer of a character. Greetings start conversations; lore, notes and final instructions go into forks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from bot.chat.composer import Composition, ConversationStart, Line
from bot.chat.insertions import Insertions
from bot.chat.play import Play
from bot.chat.prompt_composer import PromptComposer
from bot.errors import InvalidOption
from bot.library.characters.definition import MAX_LENGTH, Character, DepthNote
from bot.library.characters.opening import OpeningOptions, labels, make_opening
from bot.library.lore.lore_entry import Lorebook
from bot.library.lore.lore_layout import digest_of, root_entries, without_root
from bot.library.macros.expansion import expand
from bot.library.macros.macro_values import MacroValues
from bot.library.prompts import ChatPrompt, clean_text
from bot.store.node import INITIAL, Node

MAX_STARTS_LENGTH = 2_000_000  # characters of all starts of a card, which each new beginning stores


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaySettings:
    """How a character is played in one channel."""

    play: Play  # the person, and the seed of random macros and of entries with a probability
    books: tuple[Lorebook, ...] = ()  # besides the card's own; earlier books claim the budget first
    note: DepthNote | None = None  # the author's note
    lore_budget: int = 500  # tokens
    initial: str = ""  # name of the tuned state that the conversation starts from
    count_tokens: Callable[[str], int] = len


class CharacterComposer:
    """Composes turns with a character's labels. Implements Composer."""

    def __init__(self, character: Character, settings: PlaySettings) -> None:
        self._character, self._settings = character, settings
        self._play = play = settings.play
        user, char = labels(character, play.user)
        books = (*settings.books, *([character.book] if character.book else []))
        self._root_lore = root_entries(books)
        self._digests = tuple(dict.fromkeys(map(digest_of, self._root_lore)))
        notes = (character.note, settings.note, DepthNote(character.after_history, 0))
        self.insertions = Insertions(
            bot=character.char,
            labels={"user": f"{user}:", "assistant": f"{char}:"},
            values=self._values(user),
            books=tuple(without_root(book, play.lore) for book in books),
            notes=tuple(note for note in notes if note is not None),
            greeting=play.greeting,
            budget=settings.lore_budget,
            count_tokens=settings.count_tokens,
        )
        prompt = ChatPrompt(
            name=character.id, title=character.name, user=user, bot=char, sampling=character.sampling,
            language=character.language or "en",
        )  # fmt: skip
        self._plain = PromptComposer(prompt, self.insertions)

    @property
    def name(self) -> str:
        """The character's id."""
        return self._character.id

    @property
    def prompt(self) -> ChatPrompt:
        """The labels of the turns and the stop strings."""
        return self._plain.prompt

    @property
    def sampling(self) -> Mapping[str, object]:
        """The card's own sampling settings."""
        return self._character.sampling

    def starts(self) -> Sequence[ConversationStart]:
        """Return one start per greeting, or a single one if the card has no greeting.

        Raises InvalidOption if it is too long. Each start holds the whole card, so a long one has fewer of them.
        """
        length = self._character.length + sum(len(entry.content) for entry in self._root_lore)
        if length > MAX_LENGTH:
            message = "The character's texts have {length} characters together; the limit is {most}."
            raise InvalidOption(message, length=length, most=MAX_LENGTH)
        count = max(1, min(len(self._character.greetings), MAX_STARTS_LENGTH // max(1, length)))
        return [self._start(greeting) for greeting in range(count)]

    def turn(self, path: Sequence[Node], line: Line) -> Composition:
        """Return the line and the cue; the reply comes from a fork if there is more to read."""
        return self._spoken(self._plain.turn(path, line))

    def line(self, path: Sequence[Node], line: Line) -> Composition:
        """Return the line alone."""
        return self._spoken(self._plain.line(path, line))

    def cue(self, path: Sequence[Node], line: Line) -> Composition:
        """Return the person's label."""
        return self._spoken(self._plain.cue(path, line))

    def more(self, path: Sequence[Node], line: Line) -> Composition:
        """Return an empty composition: nothing is inserted between a reply and its continuation."""
        return self._spoken(self._plain.more(path, line))

    def _spoken(self, composition: Composition) -> Composition:
        """Show the character's own name, whatever its label is."""
        return replace(composition, speaker=self._character.char)

    def reply(self, text: str) -> str:
        """Return ``text`` as the model would have written it after the cue."""
        return self._plain.reply(text)

    def shown(self, text: str) -> str:
        """Return ``text`` without surrounding white space."""
        return self._plain.shown(text)

    def _values(self, user: str) -> MacroValues:
        """Return the macro values for texts that are expanded after the start."""
        character, play = self._character, self._play
        values = MacroValues(
            char=character.char, user=play.user or character.user or user, seed=play.seed, now=play.now,
            texts={"original": "", "persona": clean_text(play.persona)},
        )  # fmt: skip
        texts = {name: getattr(character, name) for name in ("description", "personality", "scenario")}
        known = {name: clean_text(expand(text, values, Random(play.seed)).text) for name, text in texts.items()}
        return replace(values, texts={**values.texts, **known})

    def _start(self, greeting: int) -> ConversationStart:
        play, character = self._play, self._character
        options = OpeningOptions(
            user=play.user, persona=play.persona, greeting=greeting, constant_lore=self._root_lore, seed=play.seed,
            now=play.now,
        )  # fmt: skip
        opening = make_opening(character, options, Random(f"{play.seed}/start"))
        initial = {INITIAL: self._settings.initial} if self._settings.initial else {}
        kept = replace(
            play, character=character.id, title=character.name, bot=character.char, person=opening.user_label,
            greeting=greeting, language=character.language, lore=self._digests,
        )  # fmt: skip
        return ConversationStart(
            read=opening.text, greeting=opening.greeting, speaker=character.char, user=play.by,
            kept=kept.values() | initial,
        )  # fmt: skip
