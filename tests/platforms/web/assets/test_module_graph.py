"""Which modules come together."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.platforms.web.assets import module_source
from bot.platforms.web.assets.module_graph import chunks_of

FILES = {
    "app.js": 'import { a } from "./a.js";\nconst late = () => [import("./one.js"), import("./two.js")];\n',
    "a.js": 'import { base } from "./base.js";\nexport const a = base;\n',
    "base.js": "export const base = 1;\n",
    "one.js": 'import { both } from "./both.js";\nimport { mine } from "./mine.js";\n',
    "two.js": 'import { both } from "./both.js";\nimport { a } from "./a.js";\n',
    "both.js": 'import { deep } from "./deep.js";\nexport const both = () => import("./last.js");\n',
    "deep.js": "export const deep = 1;\n",
    "mine.js": "export const mine = 1;\n",
    "last.js": "export const last = 1;\n",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    module_source.read_module.cache_clear()
    chunks_of.cache_clear()
    for name, source in FILES.items():
        (tmp_path / name).write_text(source)
    with monkeypatch.context() as patch:
        patch.setattr(module_source, "STATIC", tmp_path)
        yield tmp_path
    module_source.read_module.cache_clear()
    chunks_of.cache_clear()


def test_nothing_comes_twice_and_nothing_too_early() -> None:
    chunks = {name: [module.name for module in modules] for name, modules in chunks_of("app.js").items()}
    assert chunks == {
        "app.js": ["base.js", "a.js", "app.js"],
        "one.js": ["mine.js", "one.js"],
        "two.js": ["two.js"],
        "both.js": ["deep.js", "both.js"],
        "last.js": ["last.js"],
    }


def test_a_circle_is_refused(folder: Path) -> None:
    (folder / "base.js").write_text('import { a } from "./a.js";\nexport const base = a;\n')
    with pytest.raises(ValueError, match=r"modules import each other: app.js -> a.js -> base.js -> a.js"):
        chunks_of("app.js")
