"""Sticky, cooldown and delay, compared with a simple reference that steps through the messages."""

from hypothesis import given
from hypothesis import strategies as st

from bot.library.lore.lore_entry import Conditions, LoreEntry
from bot.library.lore.lore_timing import blocked_by_condition, blocked_by_time, is_cooling, is_sticky


@given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6), st.lists(st.booleans(), min_size=1, max_size=30))
def test_as_a_machine_that_counts_down(sticky: int, cooldown: int, delay: int, keys: list[bool]) -> None:
    entry = LoreEntry(id="1", sticky=sticky, cooldown=cooldown, delay=delay)
    fired: list[int] = []
    held = resting = 0  # messages left, counted down by the reference
    for count, key in enumerate(keys):
        wanted_held, wanted_rest = held > 0, held == 0 and resting > 0
        assert is_sticky(entry, fired, count) is wanted_held
        assert is_cooling(entry, fired, count) is wanted_rest
        wanted = None if wanted_held else "delay" if count < delay else "cooldown" if wanted_rest else None
        if not wanted_held:
            assert blocked_by_time(entry, fired, count) == wanted
        if held:
            held -= 1
        elif resting:
            resting -= 1
        if key and not wanted_held and wanted is None:
            fired.append(count)
            held, resting = max(sticky - 1, 0), cooldown
            if not sticky and cooldown:
                resting = cooldown - 1


def test_decorators_by_the_number_of_replies() -> None:
    def blocked(conditions: Conditions, replies: int = 0, fired: tuple[int, ...] = (), greeting: int = 0) -> str | None:
        return blocked_by_condition(LoreEntry(id="1", conditions=conditions), fired, replies, greeting)

    assert [blocked(Conditions(after_replies=2), n) is None for n in range(4)] == [False, False, True, True]
    assert [blocked(Conditions(every_replies=3), n) is None for n in range(7)] == [True, False, False] * 2 + [True]
    assert blocked(Conditions(every_replies=0), 5) is None
    assert [blocked(Conditions(greeting=1), greeting=n) is None for n in range(3)] == [False, True, False]
    assert blocked(Conditions(stop_after_match=True)) is None
    assert blocked(Conditions(stop_after_match=True), fired=(3,)) == "dont_activate_after_match"
    assert blocked(Conditions(never=True)) == "dont_activate"
