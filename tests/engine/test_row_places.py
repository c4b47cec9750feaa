"""The positions of the rows' packed tokens."""

import pytest

from bot.engine.row_places import NO_ROW, pack_places


def test_where_the_rows_stand() -> None:
    starts, lasts, slots, opens = pack_places([3, 1, 2], [4, 0, 2])
    assert starts.tolist() == [0, 3, 4]
    assert lasts.tolist() == [2, 3, 5]
    assert slots.tolist() == [4, 0, 2]
    assert opens.tolist() == [0, NO_ROW, NO_ROW, 1, 2, NO_ROW]


@pytest.mark.parametrize(
    ("lengths", "slots"), [([], []), ([0], [1]), ([1, -1], [0, 1]), ([1, 1], [2, 2]), ([1], [0, 1])], ids=str
)
def test_what_cannot_be_packed(lengths: list[int], slots: list[int]) -> None:
    with pytest.raises(ValueError, match="slot"):
        pack_places(lengths, slots)
