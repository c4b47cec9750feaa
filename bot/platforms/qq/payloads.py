"""The events that QQ sends, checked field by field; unknown fields are ignored."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

LONGEST_ID = 200  # characters


def _as_text(value: object) -> str:
    return "" if value is None else str(value)


def _as_id(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("an id is a string")
    return str(value)[:LONGEST_ID]


Text = Annotated[str, BeforeValidator(_as_text)]
Id = Annotated[str, BeforeValidator(_as_id)]


class Payload(BaseModel):
    """A value of an event."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Author(Payload):
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


class Mention(Payload):
    """Somebody who is mentioned."""

    is_you: bool = False
    member_openid: Text = ""
    username: Text = ""


class Attachment(Payload):
    """Something that is no text."""

    content_type: Text = ""
    filename: Text = ""


class Element(Payload):
    """A message that is quoted."""

    msg_idx: Text = ""
    content: Text = ""


class Scene(Payload):
    """Where a message stands among others: ``ext`` holds "msg_idx=..." and the like."""

    ext: tuple[str, ...] = ()

    def get(self, name: str) -> str:
        """A value of ``ext``."""
        pairs = (item.partition("=") for item in self.ext)
        return next((value for key, _, value in pairs if key == name), "")


class MessageEvent(Payload):
    """Something was said, in a group, in private or in a channel of a guild."""

    id: Id
    content: Text = ""
    author: Author = Field(default_factory=Author)
    timestamp: datetime | None = None
    group_openid: Text = ""
    guild_id: Text = ""
    channel_id: Text = ""
    mentions: tuple[Mention, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    message_type: int = 0
    msg_elements: tuple[Element, ...] = ()
    message_scene: Scene = Field(default_factory=Scene)


class Button(Payload):
    """Which button was pressed."""

    button_data: Text = ""
    button_id: Text = ""
    user_id: Text = ""
    message_id: Text = ""


class InteractionData(Payload):
    """What an interaction is about."""

    resolved: Button = Field(default_factory=Button)


class InteractionEvent(Payload):
    """Somebody pressed a button; it must be acknowledged within some seconds."""

    id: Id
    group_openid: Text = ""
    group_member_openid: Text = ""
    user_openid: Text = ""
    data: InteractionData = Field(default_factory=InteractionData)
