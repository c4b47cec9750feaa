"""Shared by all tests: thread limits, how examples are drawn, and a switch that turns skips into failures."""

import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.databases import copied_databases as copied_databases
from tests.databases import real_databases as real_databases
from tests.postgresql import migrated_postgresql as migrated_postgresql
from tests.postgresql import migrated_postgresql_url as migrated_postgresql_url
from tests.postgresql import postgresql_server as postgresql_server
from tests.postgresql import postgresql_url as postgresql_url
from tests.postgresql import store_url as store_url

# One thread per process: test processes share the cores, and threads waiting for each other cost seconds.
for variable in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1" if "PYTEST_XDIST_WORKER" in os.environ else "2")

# No test speaks HTTPS to anybody, and loading the usual certificates takes every HTTP client 20 ms.
os.environ.setdefault("SSL_CERT_DIR", str(Path(__file__).parent))

# The console speaks the locale's language; what it says is compared in English.
os.environ["LC_ALL"] = "C.UTF-8"

# No time limits, which busy machines exceed, and the same examples in every run: a failure must come from a change.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


LONG_MARKS = ("browser", "upstream")
LONG_FOLDERS = frozenset({"cluster", "crash", "engine", "examples"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that no worker is still busy with one when the others have finished."""
    long = {item.path for item in items if any(item.get_closest_marker(mark) for mark in LONG_MARKS)}

    def order(item: pytest.Item) -> int:
        return 0 if item.path in long else 1 if LONG_FOLDERS & set(item.nodeid.partition("::")[0].split("/")) else 2

    items.sort(key=order)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]  # noqa: ANN201  # hook generators have no public type
    """Turn a skip into a failure when ROOST_TEST_REQUIRE_ALL is set (as continuous integration does)."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("ROOST_TEST_REQUIRE_ALL"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Usage is counted by day: midnight must not come between what a test does and what it then asks for."""
    noon = datetime.now(UTC).replace(hour=12)
    monkeypatch.setattr("bot.today._now", lambda: noon)


@pytest.fixture(autouse=True)
def root_log_level() -> Iterator[None]:
    """Restore the level that a command called by a test sets: later tests on this worker read what is logged."""
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)
