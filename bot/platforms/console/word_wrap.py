"""Word wrap for growing text, since terminals break words at the edge."""

from prompt_toolkit.utils import get_cwidth

TAB = 8


class WordWrap:
    """Turns growing text into output. An unfinished word is held back until it is complete."""

    def __init__(self, columns: int, column: int = 0) -> None:
        self._columns = max(2, columns)
        self._column = column
        self._word = ""

    def add(self, text: str) -> str:
        return "".join(map(self._character, text))

    def end(self) -> str:
        """Return what was held back."""
        return self._flush()

    def _character(self, char: str) -> str:
        if char == "\n":
            ended = self._flush() + "\n"
            self._column = 0
            return ended
        if char in " \t":
            return self._flush() + self._space(char)
        width = get_cwidth(char)
        # Lines may break around wide characters (Chinese, emoji). Zero-width characters stay with the one before.
        breaks = width == 2 or (width == 1 and get_cwidth(self._word[-1:]) == 2)
        ended = self._flush() if breaks else ""
        self._word += char
        return ended

    def _space(self, char: str) -> str:
        width = TAB - self._column % TAB if char == "\t" else 1
        if self._column + width > self._columns:
            self._column = 0
            return "\n"
        self._column += width
        return char

    def _flush(self) -> str:
        word, self._word = self._word, ""
        width = get_cwidth(word)
        breaks = self._column > 0 and self._column + width > self._columns and width <= self._columns
        self._column = width if breaks else self._column + width
        if self._column > self._columns:  # the word is longer than a line, so the terminal breaks it
            self._column %= self._columns
        return ("\n" if breaks else "") + word
