"""When the garbage collector works."""

import gc

import pytest

from bot.cli.garbage import NEW_OBJECTS, begin_collecting, collected_later


def test_nothing_is_collected_while_the_bot_starts() -> None:
    before = gc.get_threshold()
    with collected_later():
        assert not gc.isenabled()
        begin_collecting()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() == (NEW_OBJECTS, *before[1:])
    assert (gc.isenabled(), gc.get_freeze_count(), gc.get_threshold()) == (True, 0, before)


def test_a_start_that_fails_leaves_it_as_it_was() -> None:
    before = gc.get_threshold()
    with pytest.raises(RuntimeError), collected_later():
        raise RuntimeError
    assert (gc.isenabled(), gc.get_threshold()) == (True, before)
