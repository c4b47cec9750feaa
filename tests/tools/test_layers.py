from pathlib import Path

import pytest

from tools.layers import Sources, violations, without
from tools.source import modules

RULES = {
    "rules": {"bot.low": ["bot.low"], "bot.high": ["bot.high", "bot.low"], "bot.odd": ["bot.low/*"]},
    "values": {"modules": ["bot.errors"]},
    "libraries": {"torch": ["bot.low"]},
}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    for package in ("bot", "bot/low", "bot/low/lower", "bot/high", "bot/odd"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "bot/errors.py").touch()
    return tmp_path / "bot"


def write(folder: Path, **texts: str) -> Sources:
    for name, text in texts.items():
        (folder / f"{name.replace('__', '/')}.py").write_text(text)
    return modules(folder)


def test_what_the_rules_allow_breaks_nothing(made: Path) -> None:
    sources = write(made, low__a="import torch", high__b="from bot.low.a import x\nfrom bot.errors import y")
    found = violations(sources, RULES)
    assert found["imports"] == found["libraries"] == found["cycles"] == found["names"] == set()


def test_a_lazy_import_of_a_higher_layer_is_found(made: Path) -> None:
    sources = write(made, high__b="", low__a="def late() -> None:\n    from bot.high import b")
    assert violations(sources, RULES)["imports"] == {"bot.low.a -> bot.high.b"}


def test_a_star_stands_for_the_folder_only(made: Path) -> None:
    sources = write(
        made, low__a="", low__lower__deep="", odd__c="from bot.low import a\nfrom bot.low.lower import deep"
    )
    assert violations(sources, RULES)["imports"] == {"bot.odd.c -> bot.low.lower.deep"}


def test_a_library_outside_its_package_is_found(made: Path) -> None:
    sources = write(made, high__b="import torch.nn")
    assert violations(sources, RULES)["libraries"] == {"bot.high.b -> torch"}


def test_a_cycle_through_type_checking_is_found_until_its_import_is_excepted(made: Path) -> None:
    late = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bot.low import b"
    sources = write(made, low__a=late, low__b="import bot.low.a")
    assert violations(sources, RULES)["cycles"] == {"bot.low.a -> bot.low.b", "bot.low.b -> bot.low.a"}
    excepted = ["bot.low.a -> bot.low.b"]
    assert violations(sources, RULES, excepted)["cycles"] == set(excepted)
    assert violations(write(made, low__a=""), RULES, excepted)["cycles"] == set()


def test_two_files_of_one_name_are_found(made: Path) -> None:
    assert violations(write(made, low__a="", high__a=""), RULES)["names"] == {"bot.high.a = bot.low.a"}


def test_any_is_found_in_what_another_package_imports(made: Path) -> None:
    text = """
from typing import Any
class Shared:
    open: dict[str, Any]
    _inner: Any
    def read(self, *, raw: "Any") -> None: ...
    def _private(self) -> Any: ...
"""
    assert violations(write(made, low__a=text), RULES)["untyped"] == set()
    found = violations(write(made, high__b="from bot.low.a import Shared"), RULES)["untyped"]
    assert found == {"bot.low.a:Shared.open", "bot.low.a:Shared.read"}


def test_long_functions_and_many_parameters_are_found(made: Path) -> None:
    body = "    pass\n" * 30
    sources = write(
        made,
        low__a=f"class Big:\n  def fine(self):\n{body[9:]}\n  def long(self):\n{body}",
        high__b="def wide(a, b, c, d, /, e, *, f, g): ...\nclass C:\n    def six(self, a, b, c, d, e, f): ...",
    )
    found = violations(sources, RULES)
    assert found["long"] == {"bot.low.a:Big.long"}
    assert found["parameters"] == {"bot.high.b:wide"}


def test_only_stale_exceptions_go(made: Path) -> None:
    text = '# why\n[long]\n"a:f" = "not yet"\n"b:g" = "not yet"\n\n[cycles]\n"a:f" = "kept"\n'
    assert without(text, {"long": {"a:f"}}) == '# why\n[long]\n"b:g" = "not yet"\n\n[cycles]\n"a:f" = "kept"\n'
