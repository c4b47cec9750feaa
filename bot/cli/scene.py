"""`roost scene`: shows, checks and converts scene files."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import InvalidOption

if TYPE_CHECKING:
    from bot.library.scenes.scene_definition import Scene

FORMS = ("drama", "toml", "markdown", "html", "epub", "text")


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("scene", help="look at scenes, check and convert them")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    show = actions.add_parser("show", help="the cast, the rules and the lines of a scene")
    show.add_argument("path", type=Path, metavar="PATH", help="a scene's file, or a folder of RWKV-Drama")
    show.set_defaults(func=_show)

    check = actions.add_parser("check", help="what is wrong with a scene, or with a folder's; status 1 if anything")
    check.add_argument("path", type=Path, metavar="PATH")
    check.set_defaults(func=_check)

    export = actions.add_parser("export", help="write a scene in another form")
    export.add_argument("path", type=Path, metavar="PATH")
    export.add_argument("--to", required=True, choices=FORMS, dest="form")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="the new file")
    export.add_argument("--force", action="store_true", help="write over a file that is there")
    export.set_defaults(func=_export)


def _show(options: argparse.Namespace) -> int:
    scene = _scene(options.path)
    print(f"{scene.name} ({scene.series or 'no series'}, {scene.language})")
    print(f"  memory: {scene.memory}, order: {scene.order}, candidates: {scene.candidates}")
    print(f"  told by: {scene.narrator}, {scene.passer_by}")
    for member in scene.cast:
        facts = [member.character and f"character {member.character}", "played by a person" if member.player else ""]
        print(f"  {member.name}: {', '.join(fact for fact in (*facts, member.description) if fact) or '-'}")
    if scene.setting:
        print(scene.setting)
    for line in scene.lines:
        print(f"{line.speaker}: {line.text}" if line.speaker else line.text)
    return 0


def _check(options: argparse.Namespace) -> int:
    from bot.library.scenes.scene_folder import SceneFolder

    path: Path = options.path
    series = path.is_dir() and any(item.is_dir() for item in path.iterdir())
    if series:
        folder = SceneFolder([path])
        problems, count = folder.check(), len(folder.names())
    else:
        problems, count = [], 1
        try:
            _scene(path)
        except InvalidOption as error:
            problems = str(error).splitlines()
    for line in problems:
        print(line)
    print(f"{count} scene{'' if count == 1 else 's'}, {len(problems)} problem{'' if len(problems) == 1 else 's'}")
    return 1 if problems else 0


def _export(options: argparse.Namespace) -> int:
    scene, out = _scene(options.path), options.out
    if out.exists() and not options.force:
        raise InvalidOption("{out} is there already: give another name, or --force to write over it.", out=out)
    if not out.parent.is_dir():
        raise InvalidOption("There is no folder {folder}.", folder=out.parent)
    out.write_bytes(exported(scene, options.form, _original(options.path)))
    print(f"written: {out}")
    return 0


def exported(scene: "Scene", form: str, original: bytes = b"") -> bytes:
    """Return the scene as a file of that form. ``original``: RWKV-Drama's own file, whose content is preserved."""
    from bot.library.scenes.drama_files import read_scenario, scenario_of, write_log, write_scenario
    from bot.library.scenes.scene_file import write
    from bot.library.scenes.scene_output import FORMS as OUTPUT_FORMS
    from bot.library.scenes.scene_output import SceneExport, written

    if form == "drama":
        play = read_scenario(original) if original else None
        if play is None:
            return write_scenario(scenario_of(scene))
        return write_log(play, original) if play.lines else write_scenario(play.scenario, original)
    if form == "toml":
        return write(scene).encode()
    known = next(wanted for wanted in OUTPUT_FORMS if wanted == form)
    return written(
        SceneExport(title=scene.name, setting=scene.setting, language=scene.language, lines=scene.lines), known
    )  # fmt: skip


def _scene(path: Path) -> "Scene":
    from bot.library.scenes.scene_folder import load_scene
    from bot.library.scenes.scene_imports import read_scene

    if path.is_dir() or path.suffix == ".toml":
        return load_scene(path, f"{path.resolve().parent.name}/{path.stem}")
    if not path.is_file():
        raise InvalidOption("There is no file {path}.", path=path)
    return read_scene(path.read_bytes(), path.name)


def _original(path: Path) -> bytes:
    """Return RWKV-Drama's own file if ``path`` is one, else b""."""
    return path.read_bytes() if path.suffix == ".json" else b""
