"""Fetch the page's libraries: `python -m tools.vendor` writes bot/platforms/web/static/vendor and its manifest.

The files are those of the npm packages. Only the names of imported modules are rewritten to relative URLs, because
browsers do not resolve bare names and the page's content security policy allows no import map. Needs npm; the page
itself does not.
"""

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "bot" / "platforms" / "web" / "static" / "vendor"


@dataclass(frozen=True, slots=True)
class Library:
    """A module of an npm package, and its file name here."""

    package: str
    version: str
    source: str
    file: str
    license: str = "MIT"
    license_file: str = "LICENSE"
    appended: str = ""  # turns a script into a module


LIBRARIES = (
    Library("preact", "11.2.0", "dist/preact.mjs", "preact.js"),
    Library("preact", "11.2.0", "hooks/dist/hooks.mjs", "preact-hooks.js"),
    Library("@preact/signals-core", "1.14.5", "dist/signals-core.module.js", "signals-core.js"),
    Library("@preact/signals", "2.11.4", "dist/signals.module.js", "signals.js"),
    Library("htm", "3.1.1", "dist/htm.module.js", "htm.js", "Apache-2.0"),
    Library("markdown-it", "15.0.3", "dist/browser/markdown-it.esm.min.mjs", "markdown-it.js"),
    Library("markdown-it-cjk-friendly", "3.0.0", "dist/index.js", "markdown-it-cjk-friendly.js"),
    Library("get-east-asian-width", "", "index.js", "get-east-asian-width.js", license_file="license"),
    Library("get-east-asian-width", "", "lookup.js", "east-asian-lookup.js", license_file="license"),
    Library("get-east-asian-width", "", "lookup-data.js", "east-asian-data.js", license_file="license"),
    Library("get-east-asian-width", "", "utilities.js", "east-asian-utilities.js", license_file="license"),
    Library("d3-hierarchy", "3.1.3", "dist/d3-hierarchy.min.mjs", "d3-hierarchy.js", "ISC"),
    Library(
        "dompurify", "3.4.18", "dist/purify.min.js", "purify.js", "Apache-2.0",
        appended="export default globalThis.DOMPurify;\n",
    ),
    Library("uplot", "1.6.32", "dist/uPlot.iife.min.js", "uplot.js", appended="export default uPlot;\n"),
    Library(
        "diff", "9.0.0", "dist/diff.min.js", "diff.js", "BSD-3-Clause",
        appended="export default globalThis.Diff;\n",
    ),
    Library("@highlightjs/cdn-assets", "11.12.0", "es/highlight.min.js", "highlight.js", "BSD-3-Clause"),
    Library("temml", "0.13.5", "dist/temml.min.js", "temml.js", appended="export default temml;\n"),
)  # fmt: skip
RENAMED = {
    "preact": "preact.js",
    "preact/hooks": "preact-hooks.js",
    "@preact/signals-core": "signals-core.js",
    "get-east-asian-width": "get-east-asian-width.js",
    "./lookup.js": "east-asian-lookup.js",
    "./lookup-data.js": "east-asian-data.js",
    "./utilities.js": "east-asian-utilities.js",
}
IMPORT = re.compile(r"""(\b(?:from|import)\s*)(["'])([^"']+)\2""")
SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=\S+\s*$")


def fetch(package: str, version: str, folder: Path) -> tuple[Path, str]:
    """Return the unpacked package and the sha256 of its tarball."""
    name = f"{package}@{version}" if version else package
    run = subprocess.run(["npm", "pack", "--silent", name], cwd=folder, capture_output=True, text=True, check=True)
    tarball = folder / run.stdout.split()[-1]
    target = folder / tarball.stem
    with tarfile.open(tarball) as archive:
        archive.extractall(target, filter="data")
    return target / "package", hashlib.sha256(tarball.read_bytes()).hexdigest()


def renamed(source: str) -> str:
    """Return ``source`` with relative URLs in place of module names."""

    def address(match: re.Match[str]) -> str:
        known = RENAMED.get(match[3])
        return f"{match[1]}{match[2]}./{known}{match[2]}" if known else match[0]

    return IMPORT.sub(address, SOURCE_MAP.sub("\n", source))


def main() -> int:
    """Rewrite the folder."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    files: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for library in LIBRARIES:
            package, tarball = fetch(library.package, library.version, Path(temporary))
            version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
            data = (renamed((package / library.source).read_text(encoding="utf-8")) + library.appended).encode()
            (FOLDER / library.file).write_bytes(data)
            notice = f"{library.package.replace('/', '-').removeprefix('@')}.LICENSE"
            (FOLDER / notice).write_bytes((package / library.license_file).read_bytes())
            files[library.file] = {
                "package": library.package, "version": version, "source": library.source, "license": library.license,
                "license_file": notice, "tarball_sha256": tarball, "sha256": hashlib.sha256(data).hexdigest(),
            }  # fmt: skip
    (FOLDER / "manifest.json").write_text(json.dumps({"files": files}, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
