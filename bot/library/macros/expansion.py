"""Expands macros in cards and lorebooks: replaces each known ``{{name}}`` and leaves unknown ones alone."""

import re
from dataclasses import dataclass, field
from random import Random

from bot.library.macros.chance import choices, picked, rolled
from bot.library.macros.clock import clock_macro
from bot.library.macros.macro_values import (
    MAX_OUTPUT_LENGTH,
    MAX_VALUE_LENGTH,
    ExpansionResult,
    MacroValues,
    ResolvedMacro,
)
from bot.library.macros.variables import Variables

TOKENS = re.compile(r"(\{\{(?!\{)|\}\}|<(?:user|bot|char)>)", re.IGNORECASE)
BODY = re.compile(r"\s*(//|/?[^\W\d][\w+-]*)\s*(?:(::?|\s)(.*))?", re.DOTALL)
TRIM = "\0trim\0"  # safe as a marker: NULs are removed from the input
MAX_DEPTH = 50
VANISH = ("//", "comment", "noop")
FALSE = ("", "false", "0", "off", "no")


def expand(text: str, values: MacroValues, random: Random) -> ExpansionResult:
    """Expand macros from the inside out, and record the results of random and clock macros.

    With that record as ``values.recorded``, the same text expands to the same result.
    """
    return _Expansion(text.replace("\0", ""), values, random).run()


@dataclass(slots=True)
class _Frame:
    """An open ``{{``, or an ``{{if}}`` without its end so far."""

    opening: str = ""
    parts: list[str] = field(default_factory=list)
    condition: bool | None = None  # of an if; None for a macro
    outer: bool = True  # whether the enclosing frames are active
    other: list[str] | None = None  # the parts before {{else}}

    @property
    def active(self) -> bool:
        """Whether macros in the frame are expanded."""
        return self.outer if self.condition is None else self.outer and self.condition == (self.other is None)


class _Expansion:
    def __init__(self, text: str, values: MacroValues, random: Random) -> None:
        self._text, self._values, self._random = text, values, random
        self._recorded = iter(values.recorded)
        self._record: list[ResolvedMacro] = []
        self._hidden: list[str] = []
        self._variables = Variables(values.variables)
        self._picks = 0
        self._added = 0
        self._stack = [_Frame()]

    def run(self) -> ExpansionResult:
        for token in TOKENS.split(self._text):
            top = self._stack[-1]
            if token == "{{" and len(self._stack) < MAX_DEPTH:  # noqa: S105  # not a password
                self._stack.append(_Frame("{{", outer=top.active))
            elif token == "}}" and self._stack[-1].opening == "{{":  # noqa: S105  # not a password
                body = "".join(self._stack.pop().parts)
                self._close(body)
            elif token[:1] == "<" and token[-1:] == ">" and TOKENS.fullmatch(token):
                top.parts.append(self._values.user if token.lower() == "<user>" else self._values.char)
            else:
                top.parts.append(token)
        while len(self._stack) > 1:  # unclosed macros and ifs stay as written
            frame = self._stack.pop()
            other = [*frame.other, "{{else}}"] if frame.other is not None else []
            self._stack[-1].parts += [frame.opening, *other, *frame.parts]
        text = _trimmed("".join(self._stack[0].parts))
        return ExpansionResult(text, tuple(self._record), tuple(self._hidden), self._variables.values)

    def _close(self, body: str) -> None:
        """Handle the end of a macro: append its result to the enclosing frame."""
        top = self._stack[-1]
        name, argument = _name_of(body)
        if name == "if" and body.strip("\n").lower() != "if":
            condition = self._is_true(argument)
            self._stack.append(_Frame(f"{{{{{body}}}}}", condition=condition, outer=top.active))
        elif name == "else" and top.condition is not None and top.other is None:
            top.other, top.parts = top.parts, []
        elif name == "/if" and top.condition is not None:
            self._stack.pop()
            first, second = (top.parts, []) if top.other is None else (top.other, top.parts)
            self._stack[-1].parts += first if top.condition else second
        elif top.active:
            top.parts.append(self._become(body))

    def _become(self, body: str) -> str:
        written = f"{{{{{body}}}}}"
        if self._added > MAX_OUTPUT_LENGTH:
            return written
        value = self._value(body)
        if value is None:
            return written
        value = value[:MAX_VALUE_LENGTH]
        self._added += len(value)
        return value

    def _value(self, body: str) -> str | None:
        """Return a macro's expansion; None if it is unknown."""
        name, argument = _name_of(body)
        if name in VANISH:
            return ""
        if name == "hidden_key":
            self._hidden.append(argument.strip())
            return ""
        if name == "reverse" and argument:
            return argument[::-1]
        if name in ("random", "pick", "roll"):
            return self._chance(name, argument, body)
        if self._values.now is not None and (clock := clock_macro(name, self._values.now)) is not None:
            return self._keep(body, clock)
        if name.endswith("var"):
            return self._variables.run(name, argument.split("::"))
        return None if argument else self._plain(name)

    def _plain(self, name: str) -> str | None:
        known = {
            "char": self._values.char, "bot": self._values.char, "user": self._values.user, "newline": "\n",
            "space": " ", "trim": TRIM,
        }  # fmt: skip
        return known.get(name, self._values.texts.get(name))

    def _chance(self, name: str, argument: str, body: str) -> str | None:
        if not argument.strip():
            return None
        if name == "roll":
            result = rolled(argument, self._random)
            return None if result is None else self._keep(body, result)
        items = choices(argument)
        if name == "random":
            return self._keep(body, self._random.choice(items))
        self._picks += 1
        return self._keep(body, picked(items, self._values.seed, self._text, self._picks))

    def _keep(self, body: str, result: str) -> str:
        """Record a result, or return the one recorded before."""
        earlier = next(self._recorded, None)
        if earlier is not None and earlier.macro == body:
            result = earlier.became
        self._record.append(ResolvedMacro(body, result))
        return result

    def _is_true(self, argument: str) -> bool:
        """Evaluate the condition of an if. A bare macro name stands for the macro's value."""
        text = argument.strip()
        negated, text = text.startswith("!"), text.removeprefix("!").strip()
        value = self._plain(text.lower())
        return ((text if value is None else value).strip().lower() not in FALSE) != negated


def _trimmed(text: str) -> str:
    """Remove the marks of {{trim}} with the line breaks around them. A regular expression would take quadratic time."""
    first, *rest = text.split(TRIM)
    if not rest:
        return text
    return "".join([first.rstrip("\n"), *(part.strip("\n") for part in rest[:-1]), rest[-1].lstrip("\n")])


def _name_of(body: str) -> tuple[str, str]:
    """Split a macro's body into its lower-case name and its argument; ("", "") if it is malformed."""
    match = BODY.fullmatch(body)
    return (match[1].lower(), match[3] or "") if match else ("", "")
