"""A strict simulated OneBot v11 bridge: QQ as Roost sees it, with members, history and failures.

It checks every action as real bridges do (unknown actions, wrong or missing parameters, empty messages), can respond
out of order, and can lose the responses to messages that were sent all the same.
"""

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

Json = dict[str, object]
OK, ASYNC, BAD_PARAMS, NO_SUCH_ACTION, FAILED = 0, 1, 1400, 1404, 1200
KNOWN_SEGMENTS = {"text", "at", "reply", "image", "face"}
BASE: Mapping[str, set[str]] = {
    "send_msg": {"message_type", "message"},
    "send_group_msg": {"group_id", "message"},
    "send_private_msg": {"user_id", "message"},
    "send_group_forward_msg": {"group_id", "messages"},
    "send_private_forward_msg": {"user_id", "messages"},
    "delete_msg": {"message_id"},
    "get_msg": {"message_id"},
    "get_forward_msg": {"id"},
    "get_group_member_info": {"group_id", "user_id"},
    "get_login_info": set(),
    "get_group_list": set(),
    "get_version_info": set(),
}
EXTRAS: Mapping[str, set[str]] = {
    "set_input_status": {"user_id", "event_type"},
    "set_msg_emoji_like": {"message_id", "emoji_id"},
    "get_group_msg_history": {"group_id"},
    "get_friend_msg_history": {"user_id"},
    "send_poke": {"user_id"},
    "upload_group_file": {"group_id", "file", "name"},
    "upload_private_file": {"user_id", "file", "name"},
}


class Wire(Protocol):
    """A WebSocket, opened by either side."""

    async def send(self, message: str) -> None: ...


@dataclass(slots=True)
class Posted:
    """A message sent by the bot."""

    place: str  # "group:1", "private:2"
    segments: list[Json]
    id: int
    forward: list[Json] = field(default_factory=list)  # the nodes of a merged forward

    @property
    def text(self) -> str:
        parts = [part["data"].get("text", "") for part in self.segments if isinstance(part["data"], dict)]
        return "".join(map(str, parts))

    @property
    def quotes(self) -> str | None:
        found = [part["data"] for part in self.segments if part["type"] == "reply"]
        return str(found[0]["id"]) if found and isinstance(found[0], dict) else None


class GroupChat:
    """QQ behind a bridge. ``account`` is the bot's; ids may be negative or beyond 64 bits, as bridges send them."""

    def __init__(
        self, account: int = 10_000, *, extras: bool = True, form: str = "array", nickname: str = "Roost"
    ) -> None:
        self.account = account
        self.form = form
        self.nickname = nickname
        self.actions = dict(BASE) | (dict(EXTRAS) if extras else {})
        self.posted: list[Posted] = []
        self.calls: list[tuple[str, Json]] = []
        self.history: dict[str, deque[Json]] = {}
        self.messages: dict[str, Json] = {}
        self.forwards: dict[str, list[Json]] = {}
        self.lose_answers_to: set[str] = set()  # actions that are carried out but never answered
        self.fail: Callable[[str, Json], tuple[int, str] | None] = lambda action, params: None
        self.ignores_unknown = False  # unknown actions are never answered
        self.time_out_though_sent = 0  # this many sends are carried out, but answered with NapCat's time-out
        self.reverse_answers = False  # the responses to two actions come in the wrong order
        self.held_answers: asyncio.Event | None = None  # responses to history requests are held until it is set
        self._held: str | None = None
        self._wires: dict[str, Wire] = {}
        self._number = 1_000
        self.quoting: dict[str, list[Posted]] = defaultdict(list)  # message -> the bot's answers to it
        self.news = asyncio.Event()

    # --- connections --------------------------------------------------------------------------------------------

    async def join(self, wire: Wire, role: str = "universal") -> None:
        """Use a connection; send the lifecycle event first, as bridges do."""
        self._wires[role] = wire
        if role != "api":
            await wire.send(json.dumps(self._event("meta_event", meta_event_type="lifecycle", sub_type="connect")))

    async def take(self, wire: Wire, data: str | bytes) -> None:
        """Handle a frame from the bot."""
        frame = json.loads(data)
        assert set(frame) == {"action", "params", "echo"}, frame
        answer = self._do(frame["action"], frame["params"])
        if answer is None:
            return
        if self.held_answers is not None and "history" in frame["action"]:
            await self.held_answers.wait()
        text = json.dumps(answer | {"echo": frame["echo"]}, ensure_ascii=False)
        if self.reverse_answers and self._held is None:
            self._held = text
            return
        await wire.send(text)
        if self._held is not None:
            held, self._held = self._held, None
            await wire.send(held)

    # --- what people do -----------------------------------------------------------------------------------------

    async def say(
        self, text: str | list[Json], *, user: int = 7, group: int | None = 1, name: str = "Ann", role: str = "member",
        away: bool = False, **more: object,
    ) -> int:  # fmt: skip
        """Post a message; with ``away``, the bot is not connected, so the message is only in the history."""
        self._number += 1
        words: list[Json] = [{"type": "text", "data": {"text": text}}] if isinstance(text, str) else []
        segments = words if isinstance(text, str) else text
        message = as_string(segments) if self.form == "string" else segments
        event = self._event(
            "message", message_type="private" if group is None else "group",
            sub_type="friend" if group is None else "normal", user_id=user, message_id=self._number,
            message_seq=self._number, real_id=self._number, font=14, message=message, message_format=self.form,
            raw_message="",
            sender={"user_id": user, "nickname": name, "card": "", "role": role},
        ) | ({} if group is None else {"group_id": group}) | more  # fmt: skip
        self._remember(f"private:{user}" if group is None else f"group:{group}", event)
        if not away:
            await self.emit(event)
        return self._number

    @property
    def next_number(self) -> int:
        """Return the id of the next message."""
        return self._number + 1

    async def notice(self, kind: str, **fields: object) -> None:
        """Send a notice event."""
        await self.emit(self._event("notice", notice_type=kind) | fields)

    async def heartbeat(self, interval: float = 30_000, *, online: bool = True) -> None:
        """Send a heartbeat."""
        status = {"online": online, "good": True}
        await self.emit(self._event("meta_event", meta_event_type="heartbeat", interval=interval, status=status))

    async def emit(self, event: Json) -> None:
        """Send an event unchanged."""
        wire = self._wires.get("universal") or self._wires["event"]
        await wire.send(json.dumps(event, ensure_ascii=False))

    def answers(self, place: str = "group:1") -> list[Posted]:
        """Return what the bot has sent to a place."""
        return [each for each in self.posted if each.place == place]

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait until the bot has done something."""
        while not done():
            self.news.clear()
            await self.news.wait()

    # --- what the bot does --------------------------------------------------------------------------------------

    def _do(self, action: str, params: Json) -> Json | None:
        self.calls.append((action, params))
        self.news.set()
        if action not in self.actions:
            return None if self.ignores_unknown else _failed(NO_SUCH_ACTION, f"unsupported action {action}")
        if missing := self.actions[action] - set(params):
            return _failed(BAD_PARAMS, f"missing {sorted(missing)}")
        if (mood := self.fail(action, params)) is not None:
            return _failed(*mood)
        try:
            data = self._done(action, params)
        except ValueError as error:
            return _failed(FAILED, str(error))
        if action.startswith("send_") and self.time_out_though_sent:
            self.time_out_though_sent -= 1
            return _failed(FAILED, "Timeout: NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg")
        return None if action in self.lose_answers_to else {"status": "ok", "retcode": OK, "data": data, "message": ""}

    def _done(self, action: str, params: Json) -> object:
        match action:
            case "send_msg" | "send_group_msg" | "send_private_msg":
                return {"message_id": self._post(params, _segments(params["message"])).id}
            case "send_group_forward_msg" | "send_private_forward_msg":
                posted = self._post(params, [])
                posted.forward = _nodes(params["messages"])
                return {"message_id": posted.id}
            case "get_login_info":
                return {"user_id": self.account, "nickname": self.nickname}
            case "get_group_list":
                groups = [place.partition(":")[2] for place in self.history if place.startswith("group:")]
                return [{"group_id": int(number), "group_name": ""} for number in groups]
            case "get_version_info":
                return {"app_name": "SmallBridge", "app_version": "1.0", "protocol_version": "v11"}
            case "get_msg":
                if str(params["message_id"]) not in self.messages:
                    raise ValueError("message not found")
                return self.messages[str(params["message_id"])]
            case "get_forward_msg":
                return {"messages": self.forwards[str(params["id"])]}
            case "get_group_msg_history" | "get_friend_msg_history":
                place = f"group:{params['group_id']}" if "group_id" in params else f"private:{params['user_id']}"
                count = params.get("count", 20)
                return {"messages": list(self.history.get(place, ()))[-int(str(count)) :]}
        return None

    def _post(self, params: Json, segments: list[Json]) -> Posted:
        kind = params.get("message_type") or ("group" if "group_id" in params else "private")
        place = f"group:{params['group_id']}" if kind == "group" else f"private:{params['user_id']}"
        self._number += 1
        posted = Posted(place, segments, self._number)
        self.posted.append(posted)
        if posted.quotes is not None:
            self.quoting[posted.quotes].append(posted)
        event = self._event("message_sent", message_id=posted.id, user_id=self.account, message=segments)
        self._remember(place, event | {"message_type": kind})
        return posted

    def _remember(self, place: str, event: Json) -> None:
        self.history.setdefault(place, deque(maxlen=200)).append(event)
        self.messages[str(event["message_id"])] = event

    def _event(self, post_type: str, **fields: object) -> Json:
        return {"time": int(time.time()), "self_id": self.account, "post_type": post_type} | fields


def _failed(code: int, message: str) -> Json:
    return {"status": "failed", "retcode": code, "data": None, "message": message, "wording": message}


def _segments(value: object) -> list[Json]:
    if not isinstance(value, list) or not value:
        raise ValueError("the message is empty")
    for part in value:
        if part["type"] not in KNOWN_SEGMENTS:
            raise ValueError(f"unknown segment {part['type']}")
        if part["type"] == "text" and not part["data"]["text"]:
            raise ValueError("empty text")
        if part["type"] == "text" and len(part["data"]["text"]) > 4500:
            raise ValueError("the message is too long")
    return value


def _nodes(value: object) -> list[Json]:
    if not isinstance(value, list) or not value:
        raise ValueError("the forward is empty")
    for node in value:
        assert node["type"] == "node", node
        assert set(node["data"]) == {"user_id", "nickname", "content"}, node
        _segments(node["data"]["content"])
    return value


def as_string(segments: list[Json]) -> str:
    """Return the string form of a message."""
    parts = []
    for segment in segments:
        data = segment["data"]
        assert isinstance(data, dict)
        if segment["type"] == "text":
            parts.append(_escaped(str(data["text"])))
        else:
            pairs = "".join(f",{key}={_escaped(str(value)).replace(',', '&#44;')}" for key, value in data.items())
            parts.append(f"[CQ:{segment['type']}{pairs}]")
    return "".join(parts)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("[", "&#91;").replace("]", "&#93;")
