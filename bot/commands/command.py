"""Immutable declarations of commands, filters and background tasks."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Required, TypedDict, Unpack

from bot.events import Question
from bot.i18n import LANGUAGES, translate

OptionKind = Literal["text", "int", "float", "bool"]
Value = str | int | float | bool | None  # of an option
Permission = Literal["everyone", "admin"]
# How an answer is shown. public: to everyone in the channel. private: to the user alone, if the platform can.
# in_place: it replaces the message with the button. silent: nothing is sent, the effect is visible by itself.
ReplyStyle = Literal["public", "private", "in_place", "silent"]
Run = Callable[..., Awaitable[None]]
Ask = Callable[..., Awaitable[Question | None]]
NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a command: a parameter of its function and an option of its slash command."""

    name: str
    help: str  # message id in the catalogues
    kind: OptionKind = "text"
    required: bool = False
    default: Value = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    complete: str | None = None  # source of suggestions: "prompts", "saves", "presets", "commands", ...
    rest: bool = False  # takes all text that no other option takes
    marked: bool = False  # must be named in text: `context: ...`

    def usage(self) -> str:
        """Return the option as shown by `help`."""
        words = [choice for choice in self.choices if choice[0].isalpha()]
        word = "|".join(words) if words and len(words) <= 4 else self.name
        if self.marked:
            word = f"{self.name}: ..."
        return f"<{word}>" if self.required else f"[{word}]"

    def allowed(self) -> str:
        """Return the allowed values, as shown in errors in any language."""
        if self.choices:
            return ", ".join(self.choices)
        if self.kind == "bool":
            return "on, off"
        low, high = self.minimum, self.maximum
        if low is not None and high is not None:
            return f"{low:g} – {high:g}"
        if low is not None:
            return f"≥ {low:g}"
        return "1, 2, 3 …" if self.kind == "int" else "0.5, 1, 1.5 …"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command as every platform knows it. ``run(context, **options)`` gets each option by name."""

    name: str
    summary: str  # message id in the catalogues, one sentence
    run: Run
    family: str = "plugins"
    aliases: tuple[str, ...] = ()
    sign: str = ""  # also calls the command: "+", "++", "+++"
    options: tuple[Option, ...] = ()
    permission: Permission = "everyone"
    examples: tuple[str, ...] = ()  # as typed: "+undo 2"
    samples: bool = False  # accepts sampling options such as -temp=0.8
    needs_model: bool = False  # counts against the limits
    limited: bool = True  # False: never subject to rate limits
    takes_file: bool = False  # reads an attached file, even a large one
    needs_conversation: bool = True  # False: does not create a conversation in a channel without one
    reply: ReplyStyle = "public"
    press: ReplyStyle | None = None  # for a button press or menu entry; None: as ``reply``
    button: str = ""  # label of its button
    asks: str = ""  # the option that a button press asks for in a form
    question: Ask | None = None  # returns the form for that option if a slash command left it out
    menu: str = ""  # message id in the catalogues: its entry in the context menu of a turn's message
    details: str = ""  # message id in the catalogues, shown by `help NAME`
    plugin: str = ""  # the plugin that declares it; "": built in

    def usage(self) -> str:
        """Return the usage, such as ``undo [turns]``."""
        return " ".join([self.name, *(option.usage() for option in self.options)])

    def translated_names(self) -> tuple[str, ...]:
        """Return the names in other languages, each of which also calls the command."""
        message = f"/{self.name}"  # as in the catalogues
        found = dict.fromkeys(translate(message, code) for code in LANGUAGES)
        return tuple(name.casefold() for name in found if name != message)

    def option(self, name: str) -> Option | None:
        """Return the option called ``name``."""
        return next((option for option in self.options if option.name == name), None)

    @property
    def completed_option(self) -> Option | None:
        """The option whose values are suggested right after the command's name, if it has suggestions."""
        return next((option for option in self.options if option.choices or option.complete), None)

    def first(self, argument: str) -> dict[str, object]:
        """Return the argument of its button, as the value of its first option."""
        return {self.options[0].name: argument} if argument and self.options else {}

    @property
    def pressed(self) -> ReplyStyle:
        """How a button press is answered."""
        return self.press or self.reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter for what people say (``before`` the model) or for replies (``after``).

    ``run(context, text)`` returns the text to continue with. A UserError raised ``before`` rejects the message.
    """

    when: Literal["before", "after"]
    run: Callable[..., str | Awaitable[str]]
    plugin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A background task: ``run(plugin)``, once or periodically."""

    run: Callable[..., Awaitable[None] | None]
    every: float | None = None  # seconds between the end of one run and the start of the next
    plugin: str = ""


class Declared(TypedDict, total=False):
    """The keyword arguments of ``command``."""

    summary: Required[str]
    family: str
    aliases: tuple[str, ...]
    sign: str
    options: tuple[Option, ...]
    permission: Permission
    examples: tuple[str, ...]
    samples: bool
    needs_model: bool
    limited: bool
    takes_file: bool
    needs_conversation: bool
    reply: ReplyStyle
    press: ReplyStyle
    button: str
    asks: str
    question: Ask
    menu: str
    details: str


def command(name: str, **declared: Unpack[Declared]) -> Callable[[Run], Command]:
    """Make a function a Command: ``async def undo(context, turns)``, with an Option for each parameter.

    Raises ValueError immediately if names and parameters do not match.
    """

    def decorate(run: Run) -> Command:
        made = Command(name=name, run=run, **declared)
        check(made)
        return made

    return decorate


def check(made: Command) -> None:
    """Raise ValueError if a command's declaration is inconsistent with itself or its function."""
    if not made.name or not made.name[0].isalpha() or not set(made.name) <= set(NAME_CHARACTERS):
        raise ValueError(f"command name {made.name!r}: expected small letters, digits, - and _, a letter first")
    if not made.summary.strip():
        raise ValueError(f"command {made.name}: the summary is empty")
    if not inspect.iscoroutinefunction(made.run):
        raise ValueError(f"command {made.name}: expected an async function")
    parameters = list(inspect.signature(made.run).parameters)[1:]
    if parameters != [option.name for option in made.options]:
        raise ValueError(f"command {made.name}: the function takes {parameters}, the options are named differently")
    if made.asks and made.option(made.asks) is None:
        raise ValueError(f"command {made.name}: it asks for {made.asks}, which is none of its options")
    if sum(option.rest for option in made.options) > 1:
        raise ValueError(f"command {made.name}: only one option can take the rest of the line")
