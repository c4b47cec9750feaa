from bot.platforms.onebot.standing import PAUSE_SECONDS, REMEMBERED, Standing


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_three_lost_in_a_row_make_a_channel_rest() -> None:
    clock = Clock()
    standing = Standing(clock)
    assert [standing.lost("group:1") for _ in range(2)] == [False, False]
    standing.arrived("group:1")
    assert [standing.lost("group:1") for _ in range(3)] == [False, False, True]
    assert "rests" in standing.problem("group:1")
    assert standing.problem("group:2") == ""
    clock.now = PAUSE_SECONDS + 1
    assert standing.problem("group:1") == ""


def test_a_mute_ends_by_itself_or_by_hand() -> None:
    clock = Clock()
    standing = Standing(clock)
    standing.mute("group:1", 60)
    standing.mute("group:2", 60)
    standing.mute("group:2", 0)
    assert ("muted" in standing.problem("group:1"), standing.problem("group:2")) == (True, "")
    clock.now = 61
    assert standing.problem("group:1") == ""


def test_memory_is_bounded() -> None:
    standing = Standing()
    for number in range(REMEMBERED + 10):
        standing.lost(f"group:{number}")
    assert len(standing._channels) == REMEMBERED
