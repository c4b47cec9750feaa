"""Errors whose text is meant for the person who can put them right.

    UserError
    ├── NotAllowed      the person may not do this
    ├── NotFound        a name, turn or file that is not there
    ├── InvalidOption   a value outside what is allowed
    ├── Busy            the queue or a limit says: later
    ├── ConfigError     bot.toml or its environment variables
    └── ModelError      a model, tokenizer or state file that cannot be used

Everything else that is raised is a defect or an accident: it is logged with a short id, and the user is told the id.
"""


class UserError(Exception):
    """Carries a message of the catalogue (a ``str.format`` template, in English) and the values for its placeholders.

    The dispatcher translates ``message`` into the reader's language before it formats it; ``str(error)`` is the
    English text.
    """

    def __init__(self, message: str, /, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def __str__(self) -> str:
        return self.message.format(**self.values) if self.values else self.message


class NotAllowed(UserError):
    """The person may not do this; the attempt is logged."""


class NotFound(UserError):
    """A name, turn or file that is not there."""


class InvalidOption(UserError):
    """A value outside what is allowed; the message names the range."""


class Busy(UserError):
    """A full queue or a spent limit; the message tells the place in line or the time to wait."""


class ConfigError(UserError):
    """A wrong key or value in bot.toml, named by its path."""


class ModelError(UserError):
    """A model, tokenizer or state file that cannot be used, and why."""
