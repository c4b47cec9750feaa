"""QQ's error codes in plain words, with what to do about them."""

from dataclasses import dataclass
from typing import Literal

from bot.i18n import N_, Message

Kind = Literal["window", "refused", "duplicate", "token", "limit", "too long", "form", "unknown"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of an error code.

    ``window``: the message can no longer be answered; ``refused``: nothing can be sent there; ``duplicate``: it was
    sent already; ``form``: the bot may not send buttons or Markdown.
    """

    kind: Kind
    words: str


_WINDOW = Meaning("window", "the time for answering this message is over")
_PUSH = Meaning("limit", "no more unprompted messages are allowed here today")
MEANINGS: dict[int, Meaning] = {
    **dict.fromkeys((40034005, 40034024, 40034025, 40034026, 40034027, 40034128, 304103), _WINDOW),
    **dict.fromkeys((40034100, 40034105, 40034122), _PUSH),
    304036: Meaning("form", "the bot may not use this Markdown template"),
    304037: Meaning("form", "the bot may not use this template of buttons"),
    304057: Meaning("form", "the bot may not use buttons of its own: QQ grants them on application"),
    22009: Meaning("limit", "too many messages: QQ's limit is reached"),
    20028: Meaning("limit", "too many messages in this channel: QQ's limit is reached"),
    11251: Meaning("token", N_("the bot's id is not known to QQ")),
    11252: Meaning("token", N_("QQ could not check the token")),
    11253: Meaning("refused", "the bot lacks the permission for this: apply for it in QQ's console"),
    11254: Meaning("refused", "the bot lacks the permission for this: apply for it in QQ's console"),
    11255: Meaning("limit", "QQ does not accept this request"),
    11281: Meaning("refused", "only an administrator's bot may do this"),
    40007: Meaning("unknown", "what was shown already cannot be changed"),
    304023: Meaning("refused", "QQ reviews the message first"),
    100001: Meaning("token", N_("too many requests for a token")),
    100007: Meaning("token", N_("the app id is wrong ([qq] app_id)")),
    100016: Meaning("token", N_("the secret is wrong ([qq] secret)")),
    11241: Meaning("token", N_("the token is missing")),
    11242: Meaning("token", N_("the token is wrong")),
    11243: Meaning("token", N_("the token has expired")),
    11244: Meaning("token", N_("the token has expired")),
    11265: Meaning("refused", N_("the bot is banned by QQ")),
    40054002: Meaning("refused", "the bot is muted in this group"),
    40054003: Meaning("refused", "the bot is no longer in this group"),
    40054004: Meaning("refused", "this person is no friend of the bot"),
    40054005: Meaning("duplicate", "the message was sent already"),
    40054007: Meaning("too long", "the message is too long"),
    40054010: Meaning("refused", "links are not allowed in groups"),
    40054013: Meaning("refused", "this person refuses messages of the bot"),
    40054016: Meaning("refused", "the bot is offline"),
    40034006: Meaning("refused", "QQ's review did not let the message through"),
    50059: Meaning("limit", "the typing notice is not allowed now"),
}
UNKNOWN = Meaning("unknown", N_("QQ refused it"))
CLOSES: dict[int, Message] = {
    4914: Message("the bot may only be used in the sandbox, or was taken offline (check it in QQ's console)"),
    4915: Message("the bot is banned by QQ"),
}


class QQError(Exception):
    """An error response from QQ."""

    def __init__(self, code: int, message: str, trace: str = "", status: int = 0) -> None:
        self.code = code
        self.status = status  # HTTP status
        self.meaning = MEANINGS.get(code, UNKNOWN)
        self.trace = trace
        detail = f": {message}" if self.meaning is UNKNOWN and message else ""
        self.reason = Message("{words} ({code})", words=Message(self.meaning.words), code=f"{code}{detail}")
        super().__init__(f"{self.meaning.words}{detail} ({code})")
