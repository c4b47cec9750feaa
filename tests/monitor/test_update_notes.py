"""Update notes: the change log entries that are new since the last start."""

from pathlib import Path

from bot.monitor.update_notes import UpdateNotes, entries
from bot.paths import data_file
from bot.store.store import open_store

FIRST = "# Changelog\n\n## Unreleased\n\n### Added\n\n- A fox\n  that talks.\n- An owl.\n\n### Fixed\n\n- A leak.\n"


async def test_only_what_is_new_and_until_there_is_more(tmp_path: Path) -> None:
    log = tmp_path / "CHANGELOG.md"
    log.write_text(FIRST)
    async with open_store("", tmp_path) as store:
        first = UpdateNotes(store.values, log, "0.1.0")
        assert await first.notes() == {"version": "0.1.0", "previous": "", "news": []}
        await first.note_start()
        assert await first.notes() == {"version": "0.1.0", "previous": "", "news": []}
        log.write_text(FIRST.replace("- An owl.", "- An owl.\n- A `hare`."))
        second = UpdateNotes(store.values, log, "0.2.0")
        for _ in range(2):  # a restart removes nothing
            await second.note_start()
            news = [{"kind": "Added", "text": "A `hare`."}]
            assert await second.notes() == {"version": "0.2.0", "previous": "0.1.0", "news": news}
        third = UpdateNotes(store.values, log, "0.3.0")
        await third.note_start()
        assert await third.notes() == {"version": "0.3.0", "previous": "0.2.0", "news": []}
        log.unlink()
        await third.note_start()
        assert (await third.notes())["news"] == []


def test_entries_have_their_kind_and_all_their_lines() -> None:
    found = [(entry.kind, entry.text) for entry in entries(FIRST)]
    assert found == [("Added", "A fox\nthat talks."), ("Added", "An owl."), ("Fixed", "A leak.")]
    assert list(entries("")) == []
    assert len({entry.digest for entry in entries(FIRST)}) == 3


def test_our_own_change_log_has_entries() -> None:
    assert len(list(entries(data_file("CHANGELOG.md").read_text("utf-8")))) > 10
