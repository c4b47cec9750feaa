import pytest

from bot.platforms.qq.message_forms import MessageForms, body_of, harmless


class Values:
    def __init__(self) -> None:
        self.table: dict[tuple[str, str], object] = {}

    async def get(self, scope: str, key: str, default: object = None) -> object:
        return self.table.get((scope, key), default)

    async def set(self, scope: str, key: str, value: object) -> None:
        self.table[scope, key] = value

    async def items(self, scope: str) -> dict[str, object]:
        return {}


async def test_what_was_refused_is_not_tried_again() -> None:
    values = Values()
    forms = MessageForms(values, markdown=True, keyboards=True)
    assert await forms.allows("keyboard")
    await forms.refuse("keyboard", "no")
    for each in (forms, MessageForms(values, markdown=True, keyboards=True)):
        assert not await each.allows("keyboard")
        assert await each.allows("markdown")


async def test_buttons_need_markdown() -> None:
    forms = MessageForms(Values(), markdown=False, keyboards=True)
    assert not await forms.allows("keyboard")
    assert not await forms.allows("markdown")


@pytest.mark.parametrize("text", ["<@everyone>", "<@!7>", "<#5>", "<emoji:4>", "<qqbot-at-user id=\"7\" />",
                                  "<QQBOT-at-everyone />"])  # fmt: skip
def test_the_model_mentions_nobody(text: str) -> None:
    assert harmless(text) == f"<\u200b{text[1:]}"


def test_a_message_in_each_form() -> None:
    assert body_of("1 < 2", markdown=False) == {"content": "1 < 2", "msg_type": 0}
    assert body_of("![x](y)", markdown=True) == {"markdown": {"content": "!\u200b[x](y)"}, "msg_type": 2}
    assert body_of("x", markdown=True, keyboard={"content": {}})["keyboard"] == {"content": {}}
