"""RWKV_Role_Playing's logs."""

import json

import pytest

from bot.errors import InvalidOption
from bot.library.cards.card_reader import read_card
from bot.library.cards.chat_logs import LoggedLine, read_chat_log
from bot.library.cards.repairs import Repairs


def test_logs_of_role_playing() -> None:
    turns = [
        {"input": None, "output": "Hello."},
        {"input": "hi", "output": "Yes?"},
        {"input": {"char": "Ann", "msg": "x"}, "output": {"char": "Mira", "msg": "y"}},
        {"input": "", "output": None},
    ]
    assert read_chat_log(json.dumps(turns).encode(), Repairs()) == (
        LoggedLine(False, "", "Hello."), LoggedLine(True, "", "hi"), LoggedLine(False, "", "Yes?"),
        LoggedLine(True, "Ann", "x"), LoggedLine(False, "Mira", "y"),
    )  # fmt: skip
    with pytest.raises(InvalidOption, match="not a chat log"):
        read_chat_log(b"[1, 2]", Repairs())
    with pytest.raises(InvalidOption, match="chat log, not a character"):
        read_card(json.dumps(turns).encode())
