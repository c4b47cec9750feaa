from bot.platforms.onebot.channel_health import PAUSE_SECONDS, REMEMBERED, ChannelHealth


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_three_lost_in_a_row_make_a_channel_rest() -> None:
    clock = Clock()
    health = ChannelHealth(clock)
    assert [health.lost("group:1") for _ in range(2)] == [False, False]
    health.arrived("group:1")
    assert [health.lost("group:1") for _ in range(3)] == [False, False, True]
    assert "rests" in health.problem("group:1")
    assert health.problem("group:2") == ""
    clock.now = PAUSE_SECONDS + 1
    assert health.problem("group:1") == ""


def test_a_mute_ends_by_itself_or_by_hand() -> None:
    clock = Clock()
    health = ChannelHealth(clock)
    health.mute("group:1", 60)
    health.mute("group:2", 60)
    health.mute("group:2", 0)
    assert ("muted" in health.problem("group:1"), health.problem("group:2")) == (True, "")
    clock.now = 61
    assert health.problem("group:1") == ""


def test_memory_is_bounded() -> None:
    health = ChannelHealth()
    for number in range(REMEMBERED + 10):
        health.lost(f"group:{number}")
    assert len(health._channels) == REMEMBERED
