from bot.events import Control, Panel, Reply
from bot.platforms.line.numbered_choices import MAX_ON_PANEL, Choice, choices_of, listed, read, stored

PANEL = Panel(
    text="", controls=(Control("pick", "6", "6"), Control("pick", "7", "7"), Control("accept"),
                       Control("edit", asks=True)),
    offers=(Control("speak", "Old Tom", "Old Tom"),),
)  # fmt: skip
SHOWN = Reply(text="Hm.", kind="turn", node=5, actions=("drop",), panel=PANEL)


def test_candidates_keep_their_numbers_and_what_needs_words_is_left_out() -> None:
    found = choices_of(SHOWN)
    assert found == {
        6: Choice("pick", "6", "6"), 7: Choice("pick", "7", "7"), 8: Choice("accept"),
        9: Choice("speak", "Old Tom", "Old Tom"),
    }  # fmt: skip
    assert listed(found, str) == "6–7 pick  8 accept  9 Old Tom"


def test_they_are_read_again_after_a_restart() -> None:
    found = choices_of(SHOWN)
    again = read(stored(found, on_panel=True))
    assert {n: (c.command, c.argument) for n, c in again.items()} == {
        n: (c.command, c.argument) for n, c in found.items()
    }
    usual = choices_of(Reply(text="hi", kind="turn", node=5, actions=("alternate", "undo"), position=(2, 2)))
    assert stored(usual, on_panel=False) == ["alternate", "undo"]
    assert read(["alternate", "undo"]) == {1: Choice("alternate"), 2: Choice("undo")}


def test_a_panel_offers_only_so_many() -> None:
    offers = tuple(Control("speak", f"P{number}", f"P{number}") for number in range(64))
    assert len(choices_of(Reply(text="", node=1, panel=Panel(text="x", offers=offers)))) == MAX_ON_PANEL
    assert choices_of(Reply(text="", panel=PANEL)) == {}
