"""Structure: import rules, no cycles, distinct names, typed interfaces, short functions, a test file per module.

tests/layers.toml contains the rules. tests/exceptions.toml lists today's violations; it may only shrink, and ``python
-m tools.layers`` removes what is no longer needed.
"""

import pytest

from tools.layers import read_exceptions, read_rules, rule_of, violations
from tools.source import modules

SOURCES = modules()
RULES = read_rules()
EXCEPTIONS = read_exceptions()
FOUND = violations(SOURCES, RULES, EXCEPTIONS["cycles"])


@pytest.mark.parametrize("aspect", FOUND)
def test_nothing_new_breaks_the_rules(aspect: str) -> None:
    assert sorted(FOUND[aspect] - EXCEPTIONS[aspect].keys()) == []


@pytest.mark.parametrize("aspect", FOUND)
def test_no_exception_outlives_its_need(aspect: str) -> None:
    stale = sorted(EXCEPTIONS[aspect].keys() - FOUND[aspect])
    assert stale == [], "remove them: python -m tools.layers"


def test_every_module_has_an_import_rule() -> None:
    assert [name for name in SOURCES if name != "bot" and rule_of(name, RULES) is None] == []


def test_every_exception_has_its_reason() -> None:
    assert [entry for known in EXCEPTIONS.values() for entry, reason in known.items() if not reason.strip()] == []


def test_packages_do_nothing_when_imported() -> None:
    for module in SOURCES.values():
        if module.path.name == "__init__.py":
            assert not module.path.read_text(encoding="utf-8").strip(), f"{module.path} is not empty"


def test_files_stay_short() -> None:
    for module in SOURCES.values():
        assert module.lines <= 400, f"{module.path} has {module.lines} lines: a file is one noun, 400 lines at most"
