"""The bot's messages, checked as strictly as QQ does: reply windows, numbers, formats, append-only streams."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

Json = dict[str, object]
WINDOWS = {"groups": 5, "users": 4, "channels": 5, "dms": 5}  # answers per message
CLOSED, TOO_MANY, DUPLICATE, UNPROMPTED, NO_BUTTONS, CHANGED, BAD = (
    40034025, 40034128, 40054005, 40034100, 304057, 40007, 40034001,
)  # fmt: skip


class Refusal(Exception):  # noqa: N818
    """A refusal with QQ's error code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))


@dataclass(slots=True)
class Sent:
    """A message sent by the bot."""

    place: str  # "groups/G1", "users/U1", "channels/C1"
    body: Json
    number: int  # "M1", "REFIDX_1"
    at: float = field(default_factory=time.monotonic)

    @property
    def text(self) -> str:
        markdown = self.body.get("markdown")
        return str(markdown["content"] if isinstance(markdown, dict) else self.body.get("content", ""))

    @property
    def buttons(self) -> list[Json]:
        keyboard = self.body.get("keyboard")
        if not isinstance(keyboard, dict):
            return []
        return [button for row in keyboard["content"]["rows"] for button in row["buttons"]]


@dataclass(slots=True)
class Stream:
    """A streamed message."""

    place: str
    answers: str
    number: int
    frames: list[str] = field(default_factory=list)
    index: int = -1
    done: bool = False
    began: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Outbox:
    """All messages from the bot."""

    sent: list[Sent] = field(default_factory=list)
    answers: dict[str, list[Sent]] = field(default_factory=lambda: defaultdict(list))  # by the message they answer
    growing: dict[str, list[Stream]] = field(default_factory=lambda: defaultdict(list))
    heard: dict[str, float] = field(default_factory=dict)  # messages and when they were sent
    refused: list[int] = field(default_factory=list)  # error codes
    streams: dict[str, Stream] = field(default_factory=dict)
    closed_windows: set[str] = field(default_factory=set)  # messages that can no longer be answered
    fail: Callable[[str, Json], int | None] = lambda path, body: None  # an error code instead of sending
    buttons: bool = True  # granted to the bot
    markdown: bool = True
    pushes: bool = True  # the bot may write unprompted
    streaming: bool = True
    _numbers: set[tuple[str, object]] = field(default_factory=set)
    _answers: Counter[str] = field(default_factory=Counter)

    def post(self, kind: str, place: str, body: Json) -> Json:
        """Post a complete message. Raises Refusal."""
        self._check_form(kind, body)
        anchor = self._anchor(kind, body)
        if not anchor and not self.pushes:
            raise Refusal(UNPROMPTED)
        if anchor:
            self._count(kind, anchor, body.get("msg_seq", 1) if kind in ("groups", "users") else len(self._numbers))
        self.sent.append(Sent(f"{kind}/{place}", body, len(self.sent) + 1))
        self.answers[anchor].append(self.sent[-1])
        return self._receipt()

    def stream(self, place: str, body: Json) -> Json:
        """Post a frame of a streamed message. Raises Refusal."""
        expected = {
            "input_mode", "input_state", "index", "content_type", "content_raw", "msg_id", "msg_seq", "stream_msg_id",
        }  # fmt: skip
        if not self.streaming or not set(body) <= expected or body["content_type"] != "markdown":
            raise Refusal(BAD)
        key, text = str(body.get("stream_msg_id") or ""), str(body["content_raw"])
        if not key:
            anchor = self._anchor("users", body)
            self._count("users", anchor, body["msg_seq"])
            key = f"STREAM{len(self.streams) + 1}"
            self.streams[key] = Stream(f"users/{place}", anchor, int(str(body["msg_seq"])))
            self.growing[anchor].append(self.streams[key])
        stream = self.streams[key]
        if int(str(body["index"])) <= stream.index or body["msg_seq"] != stream.number:
            raise Refusal(BAD)
        if stream.frames and (not text.startswith(stream.frames[-1]) or (stream.done and text != stream.frames[-1])):
            raise Refusal(CHANGED)
        stream.index = int(str(body["index"]))
        stream.frames.append(text)
        stream.done = stream.done or body["input_state"] == 10
        return {"id": f"{key}-id", "stream_msg_id": key, "ext_info": {"ref_idx": f"REFIDX_{key}"}}

    def _anchor(self, kind: str, body: Json) -> str:
        anchor = str(body.get("msg_id") or body.get("event_id") or "")
        age = time.monotonic() - self.heard.get(anchor, time.monotonic())
        if anchor in self.closed_windows or age > (3600 if "users" in kind else 300):
            raise Refusal(CLOSED)
        return anchor

    def _count(self, kind: str, anchor: str, number: object) -> None:
        if (anchor, number) in self._numbers:
            raise Refusal(DUPLICATE)
        if self._answers[anchor] >= WINDOWS[kind]:
            raise Refusal(TOO_MANY)
        self._numbers.add((anchor, number))
        self._answers[anchor] += 1

    def _check_form(self, kind: str, body: Json) -> None:
        numbered = kind in ("groups", "users")
        if numbered is not ("msg_type" in body) or (not numbered and "msg_seq" in body):
            raise Refusal(BAD)
        if "markdown" not in body:
            if not body.get("content") or "keyboard" in body or body.get("msg_type", 0) != 0:
                raise Refusal(BAD)
            return
        if not self.markdown or "content" in body or body.get("msg_type", 2) != 2:
            raise Refusal(BAD)
        if "keyboard" in body and not self.buttons:
            raise Refusal(NO_BUTTONS)
        sent = Sent("", body, 0)
        for button in sent.buttons:
            assert set(button) == {"id", "render_data", "action"}, button
            render, action = button["render_data"], button["action"]
            assert isinstance(render, dict)
            assert isinstance(action, dict)
            assert 0 < len(render["label"]) <= 10
            assert action["type"] == 1
            assert len(action["data"]) <= 100
        assert len(sent.buttons) <= 25

    def _receipt(self) -> Json:
        number = len(self.sent)
        return {"id": f"M{number}", "timestamp": 1, "ext_info": {"ref_idx": f"REFIDX_{number}"}}
