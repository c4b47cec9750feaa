from bot.platforms.onebot.owner_notices import AGAIN_AFTER, OwnerNotices
from bot.platforms.onebot.places import OneBotPlace
from tests.platforms.onebot.posts import joined, posting
from tests.wire_onebot.group_chat import GroupChat


async def test_the_owners_are_told_once_a_day() -> None:
    chat, now = GroupChat(), [0.0]
    out = posting(joined(chat))
    notices = OwnerNotices(["8", "9"], "en", lambda: now[0])
    for _ in range(3):
        await notices.tell(out, OneBotPlace("group", "1"), "rest")
    await notices.tell(out, OneBotPlace("group", "1"), "nothing")
    assert [each.place for each in chat.posted] == ["private:8", "private:9"]
    assert "group:1" in chat.posted[0].text
    now[0] = AGAIN_AFTER
    await notices.tell(out, OneBotPlace("group", "1"), "rest")
    assert len(chat.posted) == 4


async def test_who_cannot_be_told_is_let_be() -> None:
    chat = GroupChat()
    chat.fail = lambda action, params: (100, "no friend")
    await OwnerNotices(["8"], "en").tell(posting(joined(chat)), OneBotPlace("private", "8"), "send")
    await OwnerNotices(["8"], "en").tell(posting(joined(chat)), OneBotPlace("group", "1"), "send")
    assert chat.posted == []
