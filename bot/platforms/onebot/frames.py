"""Validated frames of a bridge. Unknown fields are ignored; ids may be numbers or strings."""

import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from bot.platforms.line.wire_model import Text, WireModel, id_within
from bot.platforms.onebot.cq_codes import parse_string
from bot.platforms.onebot.segments import Segment, parse_array

MAX_FRAME_BYTES = 1 << 20  # bytes; the connection is closed on larger frames
MAX_ID_LENGTH = 64  # characters
MAX_SECONDS = 1e11  # seconds since the epoch; larger numbers are taken for milliseconds


def as_time(value: object) -> float:
    """Return seconds since the epoch; 0 if the value is not a valid time."""
    try:
        seconds = float(value) if isinstance(value, (int, float, str)) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    seconds = seconds / 1000 if seconds >= MAX_SECONDS else seconds
    return seconds if 0 <= seconds < MAX_SECONDS else 0.0


def author_of(message: Mapping[str, object]) -> object:
    """Return the author's id. In histories some bridges give it only in ``sender``."""
    sender = message.get("sender")
    return message.get("user_id") or (sender.get("user_id") if isinstance(sender, Mapping) else None)


def segments_of(message: object) -> list[Segment]:
    """Parse a message in any of its forms."""
    if isinstance(message, str):
        return list(parse_string(message))
    if isinstance(message, dict):  # a single segment
        return parse_array([message])
    return parse_array(message if isinstance(message, list) else [])


Id = Annotated[str, id_within(MAX_ID_LENGTH)]
Time = Annotated[float, BeforeValidator(as_time)]


class Sender(WireModel):
    """The author of a message. ``card`` is the name in the group, often empty."""

    nickname: Text = ""
    card: Text = ""
    role: Text = ""  # "owner", "admin", "member"

    @property
    def name(self) -> str:
        """The display name."""
        return (self.card or self.nickname).strip()

    @property
    def is_admin(self) -> bool:
        """Whether the author is an administrator of the group."""
        return self.role in ("owner", "admin")


class MessageEvent(WireModel):
    """A message was sent."""

    self_id: Id
    message_type: Literal["private", "group"]
    message_id: Id
    user_id: Id
    message: object = None
    sub_type: Text = ""
    group_id: Id | None = None
    group_name: Text = ""
    sender: Sender = Field(default_factory=Sender)
    time: Time = 0.0  # seconds since the epoch
    raw_message: Text = ""
    real_seq: Id | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_sender(cls, value: object) -> object:
        return {**value, "user_id": author_of(value)} if isinstance(value, Mapping) else value

    @property
    def segments(self) -> list[Segment]:
        """The message's segments, parsed from any form."""
        return segments_of(self.message)


class NoticeEvent(WireModel):
    """A notice, such as a recall, a poke or a mute."""

    self_id: Id
    notice_type: str
    sub_type: Text = ""
    user_id: Id | None = None
    group_id: Id | None = None
    operator_id: Id | None = None
    target_id: Id | None = None
    message_id: Id | None = None
    duration: float = 0.0  # of a mute; seconds


class BridgeStatus(WireModel):
    """The account's status in a heartbeat."""

    online: bool | None = None
    good: bool | None = None


class MetaEvent(WireModel):
    """A lifecycle event or a heartbeat of the connection."""

    self_id: Id
    meta_event_type: str
    sub_type: Text = ""
    interval: float = 0.0  # of heartbeats; milliseconds
    status: BridgeStatus = Field(default_factory=BridgeStatus)


class ActionResult(WireModel):
    """A bridge's answer to an action."""

    echo: Id | None = None
    status: Text = ""
    retcode: int = -1
    data: object = None
    message: Text = ""
    wording: Text = ""
    msg: Text = ""

    @property
    def ok(self) -> bool:
        """Whether the action succeeded or was accepted."""
        return self.retcode in (0, 1) and self.status != "failed"

    @property
    def reason(self) -> str:
        """The bridge's explanation of a failure."""
        return (self.wording or self.message or self.msg).strip()[:300]


EventFrame = MessageEvent | NoticeEvent | MetaEvent


def read_frame(data: str | bytes) -> EventFrame | ActionResult | None:
    """Parse a frame. Returns None for kinds that are not used. Raises ValueError if it is malformed."""
    try:
        value = json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    kinds: dict[object, type[EventFrame]] = {"message": MessageEvent, "notice": NoticeEvent, "meta_event": MetaEvent}
    try:
        if "post_type" not in value:
            return ActionResult.model_validate(value)
        kind = kinds.get(value["post_type"]) if isinstance(value["post_type"], str) else None
        return kind.model_validate(value) if kind else None
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}") from None
