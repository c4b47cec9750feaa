from tools.counts import figures
from tools.source import modules


def test_figures_are_those_of_the_code() -> None:
    sources = modules()
    found = figures(sources)
    files = [module for module in sources.values() if module.path.name != "__init__.py"]
    assert found["modules, lines"].startswith(f"{len(files)}, ")
    assert found["names used twice"] == "0"
    assert "lines" in found["longest function"]
