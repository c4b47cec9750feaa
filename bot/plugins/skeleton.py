"""Template for a new plugin: a working command, its test, and the package metadata."""

from pathlib import Path

from bot.errors import ConfigError
from bot.plugins.discovery import NAME

PLUGIN = '''"""What the plugin is for, in a sentence."""

from bot.commands.context import Context
from bot.commands.command import Option, command


@command(
    "{name}",
    summary="Count how often somebody greets.",
    options=(Option(name="who", default="everybody", rest=True, help="who is greeted"),),
    examples=("+{name}", "+{name} the moon"),
)
async def {name}(context: Context, who: str) -> None:
    """Keeps its count in the plugin's own store."""
    count = await context.plugin.store.get("count", 0) + 1
    await context.plugin.store.set("count", count)
    await context.say(f"Hello, {{who}}! (greeting number {{count}})")
'''

TEST = '''"""The plugin at work in a bot without a model."""

import asyncio
from pathlib import Path

from bot.testing import talk

PLUGIN = Path(__file__).with_name("{name}.py")


def test_it_greets_and_counts() -> None:
    replies = asyncio.run(talk(PLUGIN, "+{name}", "+{name} the moon"))
    assert replies == ["Hello, everybody! (greeting number 1)", "Hello, the moon! (greeting number 2)"]


if __name__ == "__main__":  # `python test_{name}.py` runs it where pytest is not installed
    test_it_greets_and_counts()
    print("passed")
'''

PROJECT = """# Only needed to hand the plugin to others as a package; in the plugins' folder it works as it is.
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "roost-{dashed}"
version = "0.1.0"
dependencies = ["roost"]

[project.entry-points."roost.plugins"]
{name} = "{name}"

[tool.hatch.build.targets.wheel]
only-include = ["{name}.py"]
"""


def write_skeleton(folder: Path, name: str) -> Path:
    """Write ``folder/name`` with the plugin, its test and a pyproject.toml. Raises ConfigError if it exists."""
    if not NAME.fullmatch(name) or not name.isidentifier():
        raise ConfigError("A plugin's name has small letters, digits and _, a letter first; not {name}.", name=name)
    place = folder / name
    if place.exists():
        raise ConfigError("{folder} is there already; nothing was written.", folder=place)
    place.mkdir(parents=True)
    files = {f"{name}.py": PLUGIN, f"test_{name}.py": TEST}
    for file, text in files.items():
        (place / file).write_text(text.format(name=name), encoding="utf-8")
    project = PROJECT.format(name=name, dashed=name.replace("_", "-"))
    (place / "pyproject.toml").write_text(project, encoding="utf-8")
    return place
