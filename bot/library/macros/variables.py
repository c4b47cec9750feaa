"""Variable macros of a chat: {{setvar::x::1}}, {{getvar::x}}, {{addvar::x::2}}, {{incvar::x}}, {{decvar::x}}."""

from collections.abc import Mapping

from bot.library.macros.macro_values import MAX_VARIABLES, NAME_LENGTH, VARIABLE_LENGTH

ACTIONS = ("getvar", "setvar", "addvar", "incvar", "decvar")


class Variables:
    """The variables during one expansion. The given mapping is not modified."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.values = dict(given)

    def run(self, action: str, arguments: list[str]) -> str | None:
        """Run a variable macro and return its expansion; None if it is malformed or not a variable macro."""
        action = action.replace("global", "")
        if action not in ACTIONS or not arguments or not arguments[0].strip():
            return None
        name = arguments[0].strip()[:NAME_LENGTH]
        value = "::".join(arguments[1:])
        if action == "getvar":
            return self.values.get(name, "")
        if action in ("incvar", "decvar"):
            self._set(name, _sum(self.values.get(name, ""), "1" if action == "incvar" else "-1"))
            return self.values.get(name, "")
        self._set(name, value if action == "setvar" else _sum(self.values.get(name, ""), value))
        return ""

    def _set(self, name: str, value: str) -> None:
        if name in self.values or len(self.values) < MAX_VARIABLES:
            self.values[name] = value[:VARIABLE_LENGTH]


def _sum(old: str, new: str) -> str:
    """Add numbers; concatenate anything else."""
    try:
        total = float(old[:20] or 0) + float(new[:20])
        return str(int(total)) if total.is_integer() else str(total)
    except (ValueError, OverflowError):
        return old + new
