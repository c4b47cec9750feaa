"""Texts of files and servers that are shown to people."""


def printable(text: str) -> str:
    """``text`` with a space for each line break and control character, which a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in text)
