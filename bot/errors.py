"""Errors whose message is meant for the person who can fix them.

    UserError
    ├── NotAllowed      the user may not do this
    ├── NotFound        a name, turn or file that does not exist
    ├── InvalidOption   a value outside the permitted range
    ├── Busy            a full queue or an exceeded limit: try again later
    ├── Unavailable     storage that cannot be used at the moment: try again later
    ├── ConfigError     bot.toml or its environment variables
    └── ModelError      a model, tokenizer or state file that cannot be used

Any other exception is a bug or an accident: it is logged under a short id, and the user is told the id.
"""


class UserError(Exception):
    """An error with a translatable message.

    ``message`` is an English ``str.format`` template from the catalogues, ``values`` fill its placeholders. The
    dispatcher translates the template to the user's language before it is formatted; ``str(error)`` is the English
    text.
    """

    def __init__(self, message: str, /, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def __str__(self) -> str:
        return self.message.format(**self.values) if self.values else self.message


class NotAllowed(UserError):
    """The user may not do this; the attempt is logged."""


class NotFound(UserError):
    """A name, turn or file that does not exist."""


class InvalidOption(UserError):
    """A value outside the permitted range; the message names the range."""


class Busy(UserError):
    """A full queue or an exceeded limit; the message gives the queue position or the time to wait."""


class Unavailable(UserError):
    """The database or its disk cannot be used at the moment; nothing that was saved is lost."""


class ConfigError(UserError):
    """A wrong key or value in bot.toml, named by its path."""


class ModelError(UserError):
    """A model, tokenizer or state file that cannot be used, with the reason."""
