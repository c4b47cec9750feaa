"""Validated events from QQ; unknown fields are ignored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.platforms.line.wire_model import Text, WireModel, id_within

MAX_ID_LENGTH = 200  # characters
QUOTE = 103  # message_type
GUILD_ADMINS = frozenset({"2", "4"})  # roles of a guild's administrators and its owner


@dataclass(frozen=True, slots=True)
class RawEvent:
    """A raw event. ``id`` can be named in an answer if the event is not a message."""

    kind: str
    data: Mapping[str, object] = field(default_factory=dict)
    id: str = ""
    sequence: int = 0  # of the gateway


def _as_time(value: object) -> datetime | None:
    """Parse a timestamp. Returns None if it is malformed or before 1970."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found if found is not None and found.timestamp() >= 0 else None
    except (ValueError, OverflowError, OSError):
        return None


Id = Annotated[str, id_within(MAX_ID_LENGTH)]
Time = Annotated[datetime | None, BeforeValidator(_as_time)]


class Author(WireModel):
    """The author of a message. Ids are specific to the bot, and differ between groups and private chats."""

    id: Text = ""
    user_openid: Text = ""
    member_openid: Text = ""
    username: Text = ""
    member_role: Text = ""
    bot: bool = False

    @property
    def key(self) -> str:
        """The user's id in this kind of conversation."""
        return self.member_openid or self.user_openid or self.id

    @property
    def is_admin(self) -> bool:
        """Whether the author is an administrator of the group."""
        return self.member_role in ("owner", "admin")


class Mention(WireModel):
    """A mentioned user."""

    is_you: bool = False
    bot: bool = False
    id: Text = ""
    member_openid: Text = ""
    username: Text = ""


class Member(WireModel):
    """The author's membership in the guild."""

    roles: tuple[Text, ...] = ()


class Reference(WireModel):
    """The channel message that this one replies to."""

    message_id: Text = ""


class Attachment(WireModel):
    """A file or image."""

    content_type: Text = ""
    filename: Text = ""


class Element(WireModel):
    """A quoted message."""

    msg_idx: Text = ""
    content: Text = ""


class Scene(WireModel):
    """A message's position in the chat: ``ext`` holds "msg_idx=..." and similar items."""

    ext: tuple[str, ...] = ()

    def get(self, name: str) -> str:
        """Return a value from ``ext``, or an empty string."""
        pairs = (item.partition("=") for item in self.ext)
        return next((value for key, _, value in pairs if key == name), "")


class MessageEvent(WireModel):
    """A message in a group, a private chat or a guild's channel."""

    id: Id
    content: Text = ""
    author: Author = Field(default_factory=Author)
    timestamp: Time = None
    group_openid: Text = ""
    guild_id: Text = ""
    channel_id: Text = ""
    member: Member = Field(default_factory=Member)
    message_reference: Reference = Field(default_factory=Reference)
    mentions: tuple[Mention, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    message_type: int = 0
    msg_elements: tuple[Element, ...] = ()
    message_scene: Scene = Field(default_factory=Scene)

    @property
    def is_by_admin(self) -> bool:
        """Whether the author is an administrator of the group or guild."""
        return self.author.is_admin or bool(GUILD_ADMINS.intersection(self.member.roles))

    @property
    def quoted(self) -> str | None:
        """The id of the message replied to, as QQ returned it when the bot sent that message."""
        if self.message_type == QUOTE:
            return next((each.msg_idx for each in self.msg_elements if each.msg_idx), None)
        return self.message_reference.message_id or None


class Button(WireModel):
    """The button pressed."""

    button_data: Text = ""
    button_id: Text = ""
    user_id: Text = ""
    message_id: Text = ""


class InteractionData(WireModel):
    """The data of an interaction."""

    resolved: Button = Field(default_factory=Button)


class InteractionEvent(WireModel):
    """A pressed button. It must be acknowledged within a few seconds."""

    id: Id
    timestamp: Time = None
    guild_id: Text = ""
    channel_id: Text = ""
    group_openid: Text = ""
    group_member_openid: Text = ""
    user_openid: Text = ""
    data: InteractionData = Field(default_factory=InteractionData)

    @property
    def user(self) -> str:
        """The id of the user who pressed it."""
        return self.group_member_openid or self.user_openid or self.data.resolved.user_id


class MembershipEvent(WireModel):
    """The bot was added to or removed from a group, a guild or a user's friends."""

    group_openid: Text = ""
    openid: Text = ""
    id: Text = ""  # of a guild
