"""Draw docs/images/architecture.svg: the packages of bot/ in layers, with arrows taken from the imports.

``python -m tools.architecture`` writes the picture (``make docs`` does). An arrow is left out where a longer path
implies it, and so are the arrows to the plain values that every package imports.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tools.layers import read_rules
from tools.source import ROOT, Module, cycles, modules, reachable

PICTURE = ROOT / "docs" / "images" / "architecture.svg"
BOX, HEIGHT, GAP, ROW, EDGE = 126, 40, 16, 84, 24  # pixels
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1b1f24;text-anchor:middle}.small{font-size:10px;fill:#57606a}"
    ".box{fill:#fff;stroke:#57606a}.engine{fill:#eef4ff}.platforms{fill:#fff4e5}.values{fill:#f6f8fa}"
    "path{fill:none;stroke:#8c959f;stroke-width:1.2;marker-end:url(#head)}"
)
Graph = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Package:
    """A folder with code in it, or a module that lies directly in bot/."""

    name: str
    files: int
    lines: int
    imports: frozenset[str]


def package_of(module: Module) -> str:
    return module.name if module.package == "bot" else module.package


def packages(sources: Mapping[str, Module], values: Iterable[str]) -> dict[str, Package]:
    """Packages by name. All modules listed in ``values`` form one package, ``bot``."""
    shared = set(values)
    inside: dict[str, list[Module]] = {}
    homes = {name: "bot" if name in shared and module.package == "bot" else package_of(module)
             for name, module in sources.items()}  # fmt: skip
    for name, module in sources.items():
        if module.path.name != "__init__.py":
            inside.setdefault(homes[name], []).append(module)
    made = {}
    for name, files in sorted(inside.items()):
        used = {homes[other] for module in files for other in module.imports if other not in shared}
        found = frozenset(used & inside.keys() - {name, "bot"})
        made[name] = Package(name, len(files), sum(module.lines for module in files), found)
    return made


def layers(graph: Graph) -> list[list[str]]:
    """Place every package just below the lowest one that imports it. Packages that import each other share a layer."""
    group = {name: frozenset([name]) for name in graph} | {name: found for found in cycles(graph) for name in found}
    depth: dict[frozenset[str], int] = {}

    def depth_of(found: frozenset[str]) -> int:
        if found not in depth:
            above = {group[name] for name in graph if graph[name] & found} - {found}
            depth[found] = 1 + max((depth_of(other) for other in above), default=-1)
        return depth[found]

    rows: dict[int, list[str]] = {}
    for name in sorted(graph):
        rows.setdefault(depth_of(group[name]), []).append(name)
    return [rows[number] for number in sorted(rows)]


def arrows(graph: Graph) -> list[tuple[str, str]]:
    """The imports that no longer path implies."""
    circles = cycles(graph)

    def implied(name: str, other: str) -> bool:
        rest = {key: found - {name} for key, found in graph.items()}
        return any(
            other in reachable(between, rest) and not any({between, other} <= circle for circle in circles)
            for between in graph[name] - {other}
        )

    return [(name, other) for name in sorted(graph) for other in sorted(graph[name]) if not implied(name, other)]


def draw(found: Mapping[str, Package]) -> str:
    graph = {name: package.imports for name, package in found.items() if name != "bot"}
    rows = ordered(layers(graph), graph)
    width = max(map(len, rows)) * (BOX + GAP) + 2 * EDGE
    places = {
        name: (width / 2 + (index - (len(row) - 1) / 2) * (BOX + GAP), EDGE + number * ROW)
        for number, row in enumerate(rows)
        for index, name in enumerate(row)
    }
    height = EDGE + len(rows) * ROW
    parts = [_arrow(places[name], places[other]) for name, other in arrows(graph)]
    parts += [_box(found[name], *places[name]) for row in rows for name in row]
    parts.append(_band(found["bot"], width, height) if "bot" in found else "")
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height + HEIGHT + EDGE}" role="img" '
        f'aria-label="The packages of bot/ and their imports"><style>{STYLE}</style><defs><marker id="head" '
        'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" style="fill:#8c959f;stroke:none;marker-end:none"/></marker></defs>'
        '<rect width="100%" height="100%" fill="#fff"/>'
    )
    return "\n".join([head, *parts, "</svg>"]) + "\n"


def ordered(rows: list[list[str]], graph: Graph) -> list[list[str]]:
    """Order each row by where its arrows come from, so that few of them cross."""
    place: dict[str, float] = {}
    done = []
    for row in rows:
        above = {name: [place[other] for other in place if name in graph[other]] for name in row}
        row = sorted(row, key=lambda name: (sum(above[name]) / len(above[name]) if above[name] else 0.5, name))
        place |= {name: (index + 0.5) / len(row) for index, name in enumerate(row)}
        done.append(row)
    return done


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    if y1 == y2:
        return (
            f'<path d="M{x1:.0f} {y1 + HEIGHT} C{x1:.0f} {y1 + 66:.0f} {x2:.0f} {y1 + 66:.0f} {x2:.0f} {y2 + HEIGHT}"/>'
        )
    middle = (y1 + HEIGHT + y2) / 2
    return f'<path d="M{x1:.0f} {y1 + HEIGHT:.0f} C{x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} {x2:.0f} {y2 - 1:.0f}"/>'


def _box(package: Package, x: float, y: float) -> str:
    label = package.name.removeprefix("bot.").replace(".", "/")
    kind = label.partition("/")[0]
    size = f"{package.files} files, {package.lines} lines" if package.files > 1 else f"{package.lines} lines"
    return (
        f'<rect class="box {escape(kind)}" x="{x - BOX / 2:.0f}" y="{y:.0f}" width="{BOX}" height="{HEIGHT}" rx="5"/>'
        f'<text x="{x:.0f}" y="{y + 17:.0f}">{escape(label)}</text>'
        f'<text class="small" x="{x:.0f}" y="{y + 32:.0f}">{size}</text>'
    )


def _band(values: Package, width: float, y: float) -> str:
    return (
        f'<rect class="box values" x="{EDGE}" y="{y}" width="{width - 2 * EDGE}" height="{HEIGHT}" rx="5"/>'
        f'<text x="{width / 2:.0f}" y="{y + 17}">values that everyone may import</text>'
        f'<text class="small" x="{width / 2:.0f}" y="{y + 32}">{values.files} files, {values.lines} lines</text>'
    )


def main(file: Path = PICTURE) -> None:
    file.write_text(draw(packages(modules(), read_rules()["values"]["modules"])), encoding="utf-8")


if __name__ == "__main__":
    main()
