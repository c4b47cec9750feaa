"""The part of NapCat's published API that is used here, as types.

From its OpenAPI description, version 4.18.13 (https://github.com/NapNeko/NapCatDocs, MIT): OB11Message, OB11Sender,
the segments, and the parameters of its sending actions.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

Number = StrictInt | StrictStr  # ids: both occur


class Strict(BaseModel):
    """A model that refuses undocumented fields."""

    model_config = ConfigDict(extra="forbid")


class TextData(Strict):
    text: StrictStr


class AtData(Strict):
    qq: StrictStr
    name: StrictStr = ""


class ReplyData(Strict):
    id: StrictStr = ""
    seq: StrictInt | None = None


class FileData(Strict):
    file: StrictStr
    path: StrictStr = ""
    url: StrictStr = ""
    name: StrictStr = ""
    thumb: StrictStr = ""
    summary: StrictStr = ""
    sub_type: StrictInt = 0


class FaceData(Strict):
    id: StrictStr


class ForwardData(Strict):
    id: StrictStr
    content: list[object] = []


class TextSegment(Strict):
    type: Literal["text"]
    data: TextData


class AtSegment(Strict):
    type: Literal["at"]
    data: AtData


class ReplySegment(Strict):
    type: Literal["reply"]
    data: ReplyData


class FileSegment(Strict):
    type: Literal["image", "record", "video", "file"]
    data: FileData


class FaceSegment(Strict):
    type: Literal["face"]
    data: FaceData


class ForwardSegment(Strict):
    type: Literal["forward"]
    data: ForwardData


class NodeData(Strict):
    nickname: StrictStr
    content: "list[NapCatSegment]"
    user_id: Number | None = None


class NodeSegment(Strict):
    type: Literal["node"]
    data: NodeData


NapCatSegment = Annotated[
    TextSegment | AtSegment | ReplySegment | FileSegment | FaceSegment | ForwardSegment | NodeSegment,
    Field(discriminator="type"),
]


class NapCatSender(Strict):
    user_id: Number
    nickname: StrictStr
    card: StrictStr = ""
    role: StrictStr = ""
    sex: StrictStr = ""
    age: StrictInt = 0
    area: StrictStr = ""
    level: StrictStr = ""
    title: StrictStr = ""


class NapCatMessage(Strict):
    """OB11Message, as sent in events and in the history."""

    time: StrictInt
    message_id: StrictInt
    message_seq: StrictInt
    real_id: StrictInt
    user_id: Number
    message_type: Literal["private", "group"]
    sender: NapCatSender
    message: list[NapCatSegment] | StrictStr
    message_format: Literal["array", "string"]
    raw_message: StrictStr
    font: StrictInt
    real_seq: StrictStr = ""
    self_id: StrictInt = 0
    group_id: Number | None = None
    group_name: StrictStr = ""
    sub_type: Literal["friend", "group", "normal"] = "normal"
    post_type: StrictStr = ""
    target_id: StrictInt = 0
    temp_source: StrictInt = 0
    message_sent_type: StrictStr = ""


class SendMessage(Strict):
    """Parameters of send_group_msg and send_private_msg."""

    message: Annotated[list[NapCatSegment], Field(min_length=1)]
    group_id: Number | None = None
    user_id: Number | None = None


class SendForward(Strict):
    """Parameters of send_group_forward_msg and send_private_forward_msg."""

    messages: Annotated[list[NodeSegment], Field(min_length=1)]
    group_id: Number | None = None
    user_id: Number | None = None


class Response(Strict):
    """The response to every action."""

    status: StrictStr
    retcode: StrictInt
    data: object = None
    message: StrictStr = ""
    wording: StrictStr = ""
    stream: Literal["stream-action", "normal-action"] = "normal-action"
    echo: StrictStr = ""
