"""Joined modules behave as the modules themselves do."""

import json

import pytest
from playwright.async_api import Page

from bot.platforms.web.assets.chunks import chunk_files
from bot.platforms.web.assets.module_graph import chunks_of
from bot.platforms.web.assets.module_source import STATIC
from bot.platforms.web.assets.static_files import version
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage


def test_each_module_is_in_one_chunk() -> None:
    for root in ("app.js", "shared.js"):
        names = [module.name for modules in chunks_of(root).values() for module in modules]
        assert len(names) == len(set(names))
        for name, modules in chunks_of(root).items():
            text = chunk_files(root)[name]
            assert text.count("(() => { ") >= len(modules)
            assert f"sourceMappingURL={name.rpartition('/')[2]}.map" in text


@pytest.mark.parametrize("name", ["app.js", "views/characters/characters.js"])
def test_the_source_map_leads_to_the_line(name: str) -> None:
    files = chunk_files("app.js")
    lines = files[name].splitlines()
    up = "../" * (name.count("/") + 2)
    followed = 0
    for section in json.loads(files[f"{name}.map"])["sections"]:
        [source] = section["map"]["sources"]
        assert source.startswith(up)
        original = (STATIC / source.removeprefix(up)).read_text(encoding="utf-8").splitlines()
        assert section["map"]["mappings"].count(";") >= len(original) - 1
        first = section["offset"]["line"]
        for at, line in enumerate(original):
            if "vendor" in source or "import" in line or "export" in line:
                continue
            assert lines[first + at] == line, source
            followed += 1
    assert followed > 200


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="module")
async def test_the_exports_are_those_of_the_modules(stage: Stage, page: Page) -> None:
    chunks = {
        name: [module.name for module in modules] for name, modules in chunks_of("app.js").items() if name != "app.js"
    }
    chunks["app.js"] = [module.name for module in chunks_of("app.js")["app.js"] if module.name != "app.js"]
    script = """async ([base, chunks]) => {
      const found = {};
      for (const [chunk, names] of Object.entries(chunks)) {
        const { modules } = await import(`./static/${base}/app/${chunk}`);
        for (const name of names) {
          const [joined, own] = [modules[name], await import(`./static/${name}`)];
          const kinds = (all) => Object.keys(all).sort().map((key) => [key, typeof all[key]]);
          found[name] = [kinds(joined), kinds(own)];
        }
      }
      return found;
    }"""
    found = await page.evaluate(script, [version(), chunks])
    assert {"vendor/highlight.js", "talk.js", "tree.js", "views/stage/stage.js"} <= found.keys()
    assert {name: pair for name, pair in found.items() if pair[0] != pair[1]} == {}
