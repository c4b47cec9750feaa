"""Which entries fire, rule by rule, and the limits of a scan."""

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library.lore.lore_entry import Conditions, Lorebook, LoreEntry
from bot.library.lore.lore_scan import ActiveBook, FiredEntry, MacroResolver, ScanInput, ScanLine, ScanResult, scan
from bot.library.lore.time_limit import TimeLimit
from tests.timing import thread_seconds


def entry(name: str, **fields: Any) -> LoreEntry:
    return LoreEntry(id=name, **({"keys": (name,), "content": f"About {name}."} | fields))


def run(text: str | Sequence[str], *entries: LoreEntry, book: Mapping[str, Any] | None = None, seed: int = 0,
        resolve: MacroResolver | None = None, **scene: Any) -> ScanResult:  # fmt: skip
    texts = [text] if isinstance(text, str) else text
    lines = tuple(ScanLine("Ann", line) for line in texts)
    settings = {"count": len(lines), "budget": 10_000, **scene}
    opened = ActiveBook("b", Lorebook(entries=entries, **(book or {})))
    return scan([opened], ScanInput(lines=lines, **settings), len, Random(seed), resolve)


def names(result: ScanResult) -> list[str]:
    return [item.entry.id for item in result.fired]


def reasons(result: ScanResult) -> dict[str, str]:
    return {item.entry.id: item.reason for item in result.withheld}


def test_a_key_fires_its_entry_and_the_result_says_why() -> None:
    result = run("I love the sea", entry("sea"), entry("desert"))
    assert result.fired == (FiredEntry("b/sea", entry("sea"), "b", "key", "sea", "About sea.", 10),)
    assert result.marks == ("b/sea",)
    assert result.withheld == ()


def test_the_speakers_name_is_searched_too() -> None:
    assert names(run("hello", entry("Ann"))) == ["Ann"]


def test_constant_and_disabled() -> None:
    result = run("", entry("sea", constant=True), entry("x", constant=True, enabled=False))
    assert [(item.entry.id, item.cause) for item in result.fired] == [("sea", "constant")]
    assert names(run("sea", entry("sea", enabled=False))) == []


def test_order_is_low_first() -> None:
    entries = [entry(name, order=order) for name, order in (("a", 30), ("b", 10), ("c", 20))]
    assert names(run("a b c", *entries)) == ["b", "c", "a"]


def test_secondary_keys_are_named_as_the_reason() -> None:
    result = run("sea", entry("sea", secondary_keys=("salt",)))
    assert (names(result), reasons(result)) == ([], {"sea": "secondary keys"})
    assert names(run("sea salt", entry("sea", secondary_keys=("salt",)))) == ["sea"]


@pytest.mark.parametrize(
    ("own", "of_book", "of_scene", "seen"),
    [(None, None, 2, 2), (None, 3, 2, 3), (1, 3, 2, 1), (0, 3, 2, 0), (None, 0, 2, 0), (50, None, 2, 4)],
)
def test_how_far_back_is_searched(own: int | None, of_book: int | None, of_scene: int, seen: int) -> None:
    texts = ["four", "three", "two", "one"]
    entries = [entry(name, scan_depth=own) for name in texts]
    result = run(texts, *entries, book={"scan_depth": of_book}, depth=of_scene)
    assert set(names(result)) == set(texts[4 - seen :])


def test_probability() -> None:
    fired = Counter(bool(run("sea", entry("sea", probability=30), seed=seed).fired) for seed in range(500))
    assert fired[True] / 500 == pytest.approx(0.3, abs=0.07)
    assert not run("sea", entry("sea", probability=0)).fired
    assert reasons(run("sea", entry("sea", probability=0))) == {"sea": "probability"}
    assert all(run("sea", entry("sea", probability=100), seed=seed).fired for seed in range(50))


CHAIN = (entry("a", content="then b"), entry("b", content="then c"), entry("c"))


def test_recursion() -> None:
    result = run("a", *CHAIN)
    assert {item.entry.id: item.cause for item in result.fired} == {"a": "key", "b": "recursion", "c": "recursion"}
    assert names(run("a", *CHAIN, book={"recursive": False})) == ["a"]
    assert names(run("a", *CHAIN, recursive=False)) == ["a"]
    assert set(names(run("a", *CHAIN, recursive=False, book={"recursive": True}))) == {"a", "b", "c"}


def test_entries_that_keep_out_of_recursion() -> None:
    assert names(run("a", entry("a", content="b", prevent_recursion=True), entry("b"))) == ["a"]
    assert names(run("a", entry("a", content="b"), entry("b", exclude_recursion=True))) == ["a"]
    assert set(names(run("a b", entry("a"), entry("b", exclude_recursion=True)))) == {"a", "b"}


def test_entries_that_wait_for_recursion() -> None:
    waits = entry("b", recursion_level=1)
    assert names(run("b", waits)) == []
    assert set(names(run("a b", entry("a"), waits))) == {"a", "b"}
    two = (entry("a"), entry("b", recursion_level=2, content="x"), entry("c", recursion_level=5))
    assert set(names(run("a b c", *two))) == {"a", "b", "c"}


def test_two_entries_that_name_each_other_end() -> None:
    assert set(names(run("a", entry("a", content="b"), entry("b", content="a")))) == {"a", "b"}


def test_a_long_chain_is_bounded() -> None:
    chain = [entry(f"<{n}>", content=f"<{n + 1}>") for n in range(50)]
    assert 1 < len(run("<0>", *chain).fired) <= 11


@pytest.mark.parametrize(
    ("budget", "of_book", "wanted"),
    [(100, None, {"a", "b", "c"}), (20, None, {"a", "b"}), (100, 20, {"a", "b"}), (9, None, {"a"}), (5, 100, set()),
     (0, None, set())],
)  # fmt: skip
def test_the_budget_goes_to_what_is_worth_most(budget: int, of_book: int | None, wanted: set[str]) -> None:
    entries = [entry(name, content="x" * 8, order=order) for name, order in (("c", 1), ("b", 2), ("a", 3))]
    result = run("a b c", *entries, budget=budget, book={"token_budget": of_book})
    assert set(names(result)) == wanted
    assert set(reasons(result)) == {"a", "b", "c"} - wanted
    assert set(reasons(result).values()) <= {"budget"}


def test_priority_constant_and_decorator_decide_before_order() -> None:
    def kept(*entries: LoreEntry) -> list[str]:
        return names(run("a b", *entries, budget=8))

    text = "x" * 8
    assert kept(entry("a", content=text, priority=1, order=9), entry("b", content=text, priority=2)) == ["b"]
    assert kept(entry("a", content=text, order=9), entry("b", content=text, constant=True)) == ["b"]
    first = entry("a", content=text, order=9, conditions=Conditions(dropped_first=True))
    assert kept(first, entry("b", content=text)) == ["b"]


def test_a_small_entry_does_not_slip_past_a_large_one_that_is_worth_more() -> None:
    entries = (entry("a", content="x" * 50, order=9), entry("b", content="x", order=1))
    assert names(run("a b", *entries, budget=20)) == []
    free = entry("b", content="x" * 90, order=1, ignore_budget=True)
    assert names(run("a b", entries[0], free, budget=20)) == ["b"]


def test_books_given_first_have_the_budget_first() -> None:
    books = [ActiveBook(key, Lorebook(entries=(entry("sea", content=key * 8),))) for key in ("c", "p")]
    result = scan(books, ScanInput(lines=[ScanLine("", "sea")], count=1, budget=8), len, Random(0))
    assert [item.name for item in result.fired] == ["c/sea"]


def test_sticky_cooldown_delay() -> None:
    sea = entry("sea", sticky=3, cooldown=2, delay=1, probability=0.0001)
    held = run("nothing", sea, count=7, fired={"b/sea": [5]})
    assert [(item.entry.id, item.cause) for item in held.fired] == [("sea", "sticky")], "no key, no draw"
    assert held.marks == (), "being held does not hold it longer"
    sure = entry("sea", sticky=3, cooldown=2, delay=1)
    assert reasons(run("sea", sure, count=8, fired={"b/sea": [5]})) == {"sea": "cooldown"}
    assert names(run("sea", sure, count=10, fired={"b/sea": [5]})) == ["sea"]
    assert reasons(run("sea", sure, count=0)) == {"sea": "delay"}
    assert names(run("sea", sure, count=5, fired={"b/sea": [5]})) == ["sea"], "the same message once more: a retry"


def test_decorators() -> None:
    def made(name: str, **conditions: Any) -> LoreEntry:
        return entry(name, conditions=Conditions(**conditions))

    assert [item.cause for item in run("", made("sea", always=True)).fired] == ["activate"]
    assert reasons(run("sea", made("sea", never=True))) == {"sea": "dont_activate"}
    assert reasons(run("sea", made("sea", after_replies=3), replies=2)) == {"sea": "activate_only_after"}
    assert names(run("sea", made("sea", after_replies=3), replies=3)) == ["sea"]
    kept = made("sea", keep_after_match=True)
    assert names(run("", kept)) == []
    assert [item.cause for item in run("", kept, fired={"b/sea": [1]}).fired] == ["kept"]
    keys = made("sea", additional_keys=(("salt", "wind"), ("night",)))
    assert [names(run(text, keys)) for text in ("sea", "sea wind", "sea wind night")] == [[], [], ["sea"]]
    without = made("sea", exclude_keys=("desert",))
    assert [names(run(text, without)) for text in ("sea", "sea desert")] == [["sea"], []]


def test_groups_and_their_reason() -> None:
    result = run("a b", entry("a", groups=("g",)), entry("b", groups=("g",)))
    assert len(result.fired) == 1
    assert list(reasons(result).values()) == ["group"]
    later = run("a", entry("a", groups=("g",), content="b"), entry("b", groups=("g",)))
    assert (names(later), reasons(later)) == (["a"], {"b": "group"})


def test_macros_are_resolved_in_keys_and_texts_and_hidden_keys_fire() -> None:
    class Named(MacroResolver):
        def keys(self, keys: Sequence[str]) -> Sequence[str]:
            return [key.replace("{{char}}", "Mira") for key in keys]

        def content(self, content: str) -> tuple[str, str]:
            return content.replace("{{hidden_key:moon}}", ""), content.replace("{{hidden_key:moon}}", "moon")

    first = entry("a", keys=("{{char}}",), content="x{{hidden_key:moon}}")
    result = run("mira smiles", first, entry("moon"), resolve=Named())
    assert [(item.entry.id, item.text) for item in result.fired] == [("a", "x"), ("moon", "About moon.")]


KEYS = ["ab", "cd", "ef", "gh"]


@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from(KEYS), max_size=2), st.sets(st.sampled_from(KEYS)), st.booleans()), max_size=6
    ),
    st.lists(st.sampled_from(KEYS), max_size=4),
)
def test_against_a_plain_reference(rules: list[tuple[set[str], set[str], bool]], said: list[str]) -> None:
    entries = [
        LoreEntry(id=str(place), keys=tuple(sorted(keys)), content=" ".join(sorted(text)), constant=constant)
        for place, (keys, text, constant) in enumerate(rules)
    ]
    there, wanted = set(said), set[str]()
    while new := {str(n) for n, (keys, _, constant) in enumerate(rules) if keys & there or constant} - wanted:
        wanted |= new
        there |= {key for n in new for key in rules[int(n)][1]}
    assert set(names(run(" ".join(said), *entries))) == wanted


def test_the_largest_book_and_a_flood_of_text_end_in_time() -> None:
    entries = [entry(f"key number {n}", secondary_keys=(f"other {n}",)) for n in range(10_000)]
    assert thread_seconds(lambda: run(["word " * 40_000] * 200, *entries, depth=100)) < 30


def test_when_the_time_is_over_nothing_more_is_found() -> None:
    asked = 0

    def clock() -> float:
        nonlocal asked
        asked += 1
        return float(asked)

    entries = (entry("sea"), entry("sky", keys=("x", "y", "sky")), entry("sun", constant=True))
    opened = ActiveBook("b", Lorebook(entries=entries))
    scan_input = ScanInput(lines=[ScanLine("", "sea sky")], count=1, budget=100)
    result = scan([opened], scan_input, len, Random(0), None, TimeLimit(3.0, clock))
    assert set(names(result)) == {"sea", "sun"}, "one key was looked up in time; constant entries need no key"
    assert reasons(result) == {"sky": "time"}
    assert set(names(scan([opened], scan_input, len, Random(0)))) == {"sea", "sky", "sun"}


def test_not_even_entries_without_a_budget_are_read_without_end() -> None:
    entries = [entry(str(n), keys=("sea",), content="x" * 9000, ignore_budget=True) for n in range(5)]
    assert len(run("sea", *entries, budget=1).fired) == 2, "20,000 tokens"
    counted = Counter[int]()

    def count(text: str) -> int:
        counted[len(text)] += 1
        return len(text)

    large = entry("large", keys=("sea",), content="x" * 200_001, ignore_budget=True)
    opened = ActiveBook("b", Lorebook(entries=(large, *(entry(str(n), keys=("sea",)) for n in range(50)))))
    result = scan([opened], ScanInput(lines=[ScanLine("", "sea")], count=1, budget=15), len, Random(0))
    assert set(reasons(result).values()) == {"budget"}
    scan([opened], ScanInput(lines=[ScanLine("", "sea")], count=1, budget=15), count, Random(0))
    assert counted.total() <= 3, "once the budget is spent, no text is tokenized to learn that it does not fit"
