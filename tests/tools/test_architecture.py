from tools.architecture import Package, arrows, draw, layers, packages
from tools.source import modules

GRAPH = {
    "cli": frozenset({"app", "low", "odd"}),
    "app": frozenset({"low"}),
    "low": frozenset[str](),
    "odd": frozenset({"even"}),
    "even": frozenset({"odd", "low"}),
}


def test_every_package_lies_above_what_it_imports() -> None:
    assert layers(GRAPH) == [["cli"], ["app", "even", "odd"], ["low"]]


def test_an_arrow_that_a_longer_way_implies_is_left_out() -> None:
    assert arrows(GRAPH) == [("app", "low"), ("cli", "app"), ("cli", "odd"), ("even", "low"), ("even", "odd"),
                             ("odd", "even")]  # fmt: skip


def test_the_picture_holds_every_package_and_is_the_same_each_time() -> None:
    found = {name: Package(f"bot.{name}", 2, 10, imports) for name, imports in GRAPH.items()}
    found["bot"] = Package("bot", 1, 1, frozenset())
    picture = draw(found)
    for name in GRAPH:
        assert f">{name}</text>" in picture
    assert picture == draw(found)


def test_our_own_packages_are_drawn() -> None:
    found = packages(modules(), ["bot.errors"])
    assert found["bot"].files == 1
    assert "bot.engine.kernels" in found
    assert draw(found).startswith("<svg")
