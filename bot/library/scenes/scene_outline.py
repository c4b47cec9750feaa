"""A scene as lists show it."""

from dataclasses import dataclass, replace

from bot.library.scenes.scene_definition import Member, Scene

SETTING_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneOutline:
    """A scene without its lines and descriptions."""

    id: str
    name: str
    language: str = ""
    setting: str = ""  # its beginning
    cast: tuple[Member, ...] = ()
    problem: str = ""  # why the file cannot be read


def outline_of(scene: Scene) -> SceneOutline:
    return SceneOutline(
        id=scene.id,
        name=scene.name,
        language=scene.language,
        setting=scene.setting[:SETTING_CHARS],
        cast=tuple(replace(member, description="") for member in scene.cast),
    )
