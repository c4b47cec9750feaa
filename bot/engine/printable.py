"""Make text from files and servers safe to show."""


def printable(text: str) -> str:
    """Replace line breaks and control characters, which a terminal would obey, by spaces."""
    return "".join(char if char.isprintable() else " " for char in text)
