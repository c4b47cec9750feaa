"""What a command, a filter and a background task are: declarations, made once and never changed."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Required, TypedDict, Unpack

from bot.events import Question
from bot.i18n import LANGUAGES, translate

OptionKind = Literal["text", "int", "float", "bool"]
Value = str | int | float | bool | None  # of an option
Permission = Literal["everyone", "admin"]
# How an answer is shown. public: to everybody there. private: to the asker alone, where the platform can.
# in_place: it replaces the message that carries the button. silent: nothing is said, the effect shows by itself.
ReplyStyle = Literal["public", "private", "in_place", "silent"]
Run = Callable[..., Awaitable[None]]
Ask = Callable[..., Awaitable[Question | None]]
NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a command: a parameter of its function, an option of its slash command."""

    name: str
    help: str  # a message of the catalogues
    kind: OptionKind = "text"
    required: bool = False
    default: Value = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    complete: str | None = None  # what to offer while typing: "prompts", "saves", "presets", "commands", ...
    rest: bool = False  # takes all of the text that no other option takes
    marked: bool = False  # in text it must be named: `context: ...`

    def usage(self) -> str:
        """As `help` shows it."""
        words = [choice for choice in self.choices if choice[0].isalpha()]
        word = "|".join(words) if words and len(words) <= 4 else self.name
        if self.marked:
            word = f"{self.name}: ..."
        return f"<{word}>" if self.required else f"[{word}]"

    def allowed(self) -> str:
        """What it may be, as an error tells it in any language."""
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
    """A command as every platform knows it. ``run(context, **options)`` gets each option by its name."""

    name: str
    summary: str  # a message of the catalogues, one sentence
    run: Run
    family: str = "plugins"
    aliases: tuple[str, ...] = ()
    sign: str = ""  # what calls it as well: "+", "++", "+++"
    options: tuple[Option, ...] = ()
    permission: Permission = "everyone"
    examples: tuple[str, ...] = ()  # as typed: "+undo 2"
    samples: bool = False  # takes -temp=0.8 and its like
    needs_model: bool = False  # counts against the limits
    limited: bool = True  # False: whoever calls it is never told to wait
    takes_file: bool = False  # reads a file that came along, also a large one
    needs_conversation: bool = True  # False: in a channel where nothing was said yet, none is made for it
    reply: ReplyStyle = "public"
    press: ReplyStyle | None = None  # how a press of its button, or its menu entry, is answered; None: as ``reply``
    button: str = ""  # the face of its button
    asks: str = ""  # the option that a press of its button asks for in a form
    question: Ask | None = None  # what a slash command has left out of that option's text
    menu: str = ""  # a message of the catalogues: its entry in the menu of a message that shows a turn
    details: str = ""  # a message of the catalogues, shown by `help NAME`
    plugin: str = ""  # the plugin that it came with; "": built in

    def usage(self) -> str:
        """``undo [turns]``."""
        return " ".join([self.name, *(option.usage() for option in self.options)])

    def translated_names(self) -> tuple[str, ...]:
        """What it is called in the other languages; each of them calls it too."""
        message = f"/{self.name}"  # as the catalogues have it
        found = dict.fromkeys(translate(message, code) for code in LANGUAGES)
        return tuple(name.casefold() for name in found if name != message)

    def option(self, name: str) -> Option | None:
        """The option of that name."""
        return next((option for option in self.options if option.name == name), None)

    def first(self, argument: str) -> dict[str, object]:
        """The argument of its button: the value of its first option."""
        return {self.options[0].name: argument} if argument and self.options else {}

    @property
    def pressed(self) -> ReplyStyle:
        """How a press is answered."""
        return self.press or self.reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Looks at what people say (``before`` the model) or at replies (``after``), and may change them.

    ``run(context, text)`` returns the text to go on with. A UserError raised before the model refuses the message.
    """

    when: Literal["before", "after"]
    run: Callable[..., str | Awaitable[str]]
    plugin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Runs in the background: ``run(plugin)`` once, or every so many seconds."""

    run: Callable[..., Awaitable[None] | None]
    every: float | None = None  # seconds between the end of one run and the next
    plugin: str = ""


class Declared(TypedDict, total=False):
    """Command's fields, as ``command`` takes them."""

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
    """Make a function a Command: ``async def undo(context, turns)`` with an Option for each parameter.

    Raises ValueError at once when names and parameters do not fit together.
    """

    def decorate(run: Run) -> Command:
        made = Command(name=name, run=run, **declared)
        check(made)
        return made

    return decorate


def check(made: Command) -> None:
    """Raise ValueError when a command's declaration does not fit its function, or itself."""
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
