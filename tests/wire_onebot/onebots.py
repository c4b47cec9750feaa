"""A bridge that behaves like OneBots: different error texts, a history without authors, and text only."""

from collections.abc import Mapping

from tests.wire_onebot.group_chat import GroupChat, Json


class OneBotsChat(GroupChat):
    """The simulated bridge with OneBots' behaviour. Accounts have a number, and a name that is sent in the header."""

    def __init__(self) -> None:
        super().__init__()
        del self.actions["set_msg_emoji_like"], self.actions["set_input_status"]
        self.refusals: list[str] = []

    def _do(self, action: str, params: Json) -> Json | None:
        answer = super()._do(action, params)
        if answer is None or answer["status"] == "ok":
            return answer
        known = action in self.actions
        reason = str(answer["message"]) if known else f"Unknown action: {action}"
        self.refusals.append(reason)
        return {"status": "failed", "retcode": -1, "msg": reason}

    def _done(self, action: str, params: Json) -> object:
        if action.endswith("_forward_msg") and action.startswith("send_"):
            raise ValueError("make_forward_message not implemented")
        message = params.get("message")
        for segment in message if isinstance(message, list) else []:
            if segment["type"] != "text":
                raise ValueError(f"Mock 不支持消息段 {segment['type']}")
        data = super()._done(action, params)
        if action == "get_forward_msg" and isinstance(data, dict):
            return {"messages": [each["message"] for each in data["messages"]]}
        if "history" in action and isinstance(data, dict):
            return {"messages": [_info(each) for each in data["messages"]]}
        return data


def _info(message: Mapping[str, object]) -> Json:
    """A message in its history: the author is in ``sender``, and times may be in milliseconds."""
    sender = message.get("sender")
    name = sender.get("nickname", "") if isinstance(sender, Mapping) else ""
    return {
        "time": int(str(message["time"])) * 1000, "message_type": message["message_type"],
        "message_id": message["message_id"], "real_id": message["message_id"],
        "sender": {"user_id": message["user_id"], "nickname": name}, "message": message["message"],
    }  # fmt: skip
