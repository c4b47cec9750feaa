"""Lorebooks as values."""

from bot.library.lore.lore_entry import Lorebook, LoreEntry


def test_values_can_be_kept_in_sets_and_compared() -> None:
    one, same = LoreEntry(id="1", keys=("a",)), LoreEntry(id="1", keys=("a",))
    assert {one, same} == {one}
    assert Lorebook(entries=(one,)) == Lorebook(entries=(same,))
    assert LoreEntry(id="1").enabled
    assert not LoreEntry(id="1").constant


def test_a_title_is_what_one_knows_it_by() -> None:
    assert LoreEntry(id="7", name="Lamp", keys=("a",)).title == "Lamp"
    assert LoreEntry(id="7", keys=("lamp", "light", "red", "x")).title == "lamp, light, red"
    assert LoreEntry(id="7").title == "7"


def test_a_title_is_short() -> None:
    assert [
        len(LoreEntry(id="i" * 500, name=name, keys=keys).title)
        for name, keys in (("n" * 500, ()), ("", ("k" * 500,)), ("", ()))
    ] == [80, 80, 80]
