"""How a scene stands at one of its lines: who is there, and what each of them knows. Pure: it follows from the path.

The root holds the scene's rules and its first cast, a line who heard it, a turn of the kind ``stage`` who came or went;
so undo, branches and pending lines move all of it together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.chat.cast import Role, opening_text, role_of
from bot.errors import NotFound
from bot.library.prompts import GAP, clean_text
from bot.library.scenes.drama_files import DRAWN, EDITED, OPENING, TYPED
from bot.library.scenes.scene_definition import ORDERS, Memory, Order, Scene, same_name
from bot.store.node import Node

Encode = Callable[[str], tuple[int, ...]]
COLONS = (":", "：")
MOST_STOPS = 30  # names: with two colons each, as many as the engine takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A scene at the end of ``path``."""

    path: Sequence[Node]  # from the scene's root on
    rules: Mapping[str, object]  # of the scene, without its cast and lines
    roles: Mapping[str, Role]  # everybody who has been in it, by name
    present: tuple[str, ...]  # names, in the order of the cast

    @property
    def memory(self) -> Memory:
        return "shared" if self.rules.get("memory") == "shared" else "own"

    @property
    def order(self) -> Order:
        return next((order for order in ORDERS if order == self.rules.get("order")), "manual")

    @property
    def narrator(self) -> str:
        return str(self.rules.get("narrator") or "Narrator")

    @property
    def voices(self) -> tuple[str, ...]:
        """Who may speak beside the cast."""
        return (self.narrator, str(self.rules.get("passer_by") or "Passer-by"))

    @property
    def lines(self) -> list[Node]:
        return [node for node in self.path if node.kind == "line" and node.output]

    @property
    def last_speaker(self) -> str:
        return next((line.speaker for line in reversed(self.lines)), "")

    def speaker(self, name: str) -> str:
        """The one who is meant; "" is nobody's voice. Raises NotFound that names those who are there."""
        if not name:
            return ""
        found = same_name(name, (*self.present, *self.voices))
        if found is None:
            message = "{name} is not in the scene. In it are: {names}"
            raise NotFound(message, name=name[:40], names=", ".join((*self.present, *self.voices)))
        return found

    def actors(self) -> list[str]:
        """Who is present and spoken for by the model."""
        return [name for name in self.present if not self.roles[name].player]

    def stops(self) -> tuple[str, ...]:
        """A line ends with its paragraph, and before the label of the cast, of people, of those who have left."""
        people = [line.speaker for line in reversed(self.lines) if line.speaker]
        names = dict.fromkeys((*self.present, *self.voices, *people, *self.roles))
        return (GAP, *(f"\n{name}{colon}" for name in list(names)[:MOST_STOPS] for colon in COLONS))

    def view(self, name: str, encode: Encode) -> tuple[tuple[int, ...], ...]:
        """What ``name`` has read, piece by piece; whoever is not in the cast knows what everybody heard."""
        return tuple(node.tokens for node in self.known(name, encode) if node.tokens)

    def known(self, name: str, encode: Encode) -> list[Node]:
        """The same as turns: the beginning as ``name`` knows it, then what they heard."""
        if self.memory == "shared":
            return [node for node in self.path if node.tokens]
        role = self.roles.get(name)
        setting = str(self.rules.get("setting") or "")
        opening = encode(opening_text([role.text] if role is not None else [], setting))
        root = replace(self.path[0], input_tokens=opening, output_tokens=())
        return [root, *(line for line in self.lines if _heard(line, name if role is not None else None))]


def _heard(line: Node, name: str | None) -> bool:
    if name is None:
        return not line.scene.get("whisper")
    return name in line.scene.get("heard", ())


def stage_at(path: Sequence[Node]) -> Stage | None:
    """The scene that ``path``, which begins at a root, is of; None where it is no scene."""
    if not path or "rules" not in path[0].scene:
        return None
    facts = path[0].scene
    roles = {role.name: role for role in map(role_of, facts.get("cast", ()))}
    present = dict.fromkeys(roles)
    for node in path:
        if node.kind != "stage":
            continue
        if "enter" in node.scene:
            role = role_of(node.scene["enter"], node.input)
            name = role.name
            if name not in roles or node.input:
                roles[name] = role
            present[name] = None
        else:
            present.pop(str(node.scene.get("leave", "")), None)
    return Stage(path=path, rules=facts["rules"], roles=roles, present=tuple(present))


def root_node(scene: Scene, roles: Sequence[Role], encode: Encode, channel: int, previous: int) -> Node:
    """The beginning of a scene, not yet committed."""
    text = opening_text([role.text for role in roles], scene.setting)
    rules = {
        "id": scene.id, "name": scene.name, "series": scene.series, "language": scene.language,
        "setting": scene.setting, "memory": scene.memory, "order": scene.order, "narrator": scene.narrator,
        "passer_by": scene.passer_by, "pending": scene.pending, "candidates": scene.candidates,
        "sampling": dict(scene.sampling),
    }  # fmt: skip
    cast = [role.as_json() | {"text": role.text} for role in roles]
    return Node(
        id=0, channel=channel, parent=None, previous=previous, kind="root", author=scene.name, input=scene.setting,
        input_tokens=encode(text), scene={"rules": rules, "cast": cast},
    )  # fmt: skip


def cue(speaker: str) -> str:
    """What is read before a line."""
    return f"{GAP}{speaker}:" if speaker else GAP


def said(speaker: str, text: str) -> str:
    """What is read of a line, after its cue."""
    return f" {clean_text(text)}" if speaker else clean_text(text)


def shown(text: str) -> str:
    """What people see of a line."""
    return text.strip()


def tag_of(node: Node) -> str:
    """What RWKV-Drama calls the way in which a line came about."""
    origin = node.scene.get("origin")
    if origin is not None:
        return OPENING if origin == "opening" else EDITED
    return DRAWN if node.sampling else TYPED
