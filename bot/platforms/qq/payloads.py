"""The events that QQ sends, checked field by field; unknown fields are ignored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.platforms.line.wire_model import Text, WireModel, id_within

LONGEST_ID = 200  # characters
QUOTE = 103  # message_type
GUILD_ADMINS = frozenset({"2", "4"})  # roles of a guild's administrators and its owner


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that QQ tells of. ``id``: what an answer may name, where nothing was said that it could answer."""

    kind: str
    data: Mapping[str, object] = field(default_factory=dict)
    id: str = ""
    sequence: int = 0  # of the gateway


def _as_time(value: object) -> datetime | None:
    """None for what is no time, or none that can be counted in seconds since 1970."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found if found is not None and found.timestamp() >= 0 else None
    except (ValueError, OverflowError, OSError):
        return None


Id = Annotated[str, id_within(LONGEST_ID)]
Time = Annotated[datetime | None, BeforeValidator(_as_time)]


class Author(WireModel):
    """Who wrote a message. Ids are the bot's own for this person, and differ between a group and a private chat."""

    id: Text = ""
    user_openid: Text = ""
    member_openid: Text = ""
    username: Text = ""
    member_role: Text = ""
    bot: bool = False

    @property
    def key(self) -> str:
        """The id by which this person is known in this kind of conversation."""
        return self.member_openid or self.user_openid or self.id

    @property
    def is_admin(self) -> bool:
        """Whether the group's own roles make them an administrator of it."""
        return self.member_role in ("owner", "admin")


class Mention(WireModel):
    """Somebody who is mentioned."""

    is_you: bool = False
    bot: bool = False
    id: Text = ""
    member_openid: Text = ""
    username: Text = ""


class Member(WireModel):
    """What the author is in the guild."""

    roles: tuple[Text, ...] = ()


class Reference(WireModel):
    """The message of a channel that this one replies to."""

    message_id: Text = ""


class Attachment(WireModel):
    """Something that is no text."""

    content_type: Text = ""
    filename: Text = ""


class Element(WireModel):
    """A message that is quoted."""

    msg_idx: Text = ""
    content: Text = ""


class Scene(WireModel):
    """Where a message stands among others: ``ext`` holds "msg_idx=..." and the like."""

    ext: tuple[str, ...] = ()

    def get(self, name: str) -> str:
        """A value of ``ext``."""
        pairs = (item.partition("=") for item in self.ext)
        return next((value for key, _, value in pairs if key == name), "")


class MessageEvent(WireModel):
    """Something was said, in a group, in private or in a channel of a guild."""

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
        """Whether the group's or the guild's own roles make the author an administrator of it."""
        return self.author.is_admin or bool(GUILD_ADMINS.intersection(self.member.roles))

    @property
    def quoted(self) -> str | None:
        """The id of the message that this one replies to, as the answer to our sending it was."""
        if self.message_type == QUOTE:
            return next((each.msg_idx for each in self.msg_elements if each.msg_idx), None)
        return self.message_reference.message_id or None


class Button(WireModel):
    """Which button was pressed."""

    button_data: Text = ""
    button_id: Text = ""
    user_id: Text = ""
    message_id: Text = ""


class InteractionData(WireModel):
    """What an interaction is about."""

    resolved: Button = Field(default_factory=Button)


class InteractionEvent(WireModel):
    """Somebody pressed a button; it must be acknowledged within some seconds."""

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
        """Who pressed it."""
        return self.group_member_openid or self.user_openid or self.data.resolved.user_id


class MembershipEvent(WireModel):
    """The bot was added to a group, a guild or a person's friends, or removed."""

    group_openid: Text = ""
    openid: Text = ""
    id: Text = ""  # of a guild
