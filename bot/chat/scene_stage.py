"""The state of a scene at one of its lines: who is present, and what each role knows. Derived from the path alone.

The root stores the scene's rules and initial cast, a line stores who heard it, and a turn of kind ``stage`` stores an
entrance or exit. Undo, branches and pending lines therefore move all of it together.
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
MAX_STOPS = 30  # names, each with two colons


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A scene at the end of ``path``."""

    path: Sequence[Node]  # from the scene's root
    rules: Mapping[str, object]  # the scene, without its cast and lines
    roles: Mapping[str, Role]  # everyone who has taken part, by name
    present: tuple[str, ...]  # names, in cast order

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
        """Names that may speak without being in the cast."""
        return (self.narrator, str(self.rules.get("passer_by") or "Passer-by"))

    @property
    def lines(self) -> list[Node]:
        return [node for node in self.path if node.kind == "line" and node.output]

    @property
    def last_speaker(self) -> str:
        return next((line.speaker for line in reversed(self.lines)), "")

    def speaker(self, name: str) -> str:
        """Return the speaker meant by ``name``; "" is an unattributed line. Raises NotFound, listing those present."""
        if not name:
            return ""
        found = same_name(name, (*self.present, *self.voices))
        if found is None:
            message = "{name} is not in the scene. In it are: {names}"
            raise NotFound(message, name=name[:40], names=", ".join((*self.present, *self.voices)))
        return found

    def actors(self) -> list[str]:
        """Return the present roles that the model speaks for."""
        return [name for name in self.present if not self.roles[name].player]

    def stops(self) -> tuple[str, ...]:
        """Return the stop strings: the end of the paragraph, and the label of any cast member or past speaker."""
        people = [line.speaker for line in reversed(self.lines) if line.speaker]
        names = dict.fromkeys((*self.present, *self.voices, *people, *self.roles))
        return (GAP, *(f"\n{name}{colon}" for name in list(names)[:MAX_STOPS] for colon in COLONS))

    def view(self, name: str, encode: Encode) -> tuple[tuple[int, ...], ...]:
        """Return what ``name`` has read, piece by piece. Speakers outside the cast know what everyone heard."""
        return tuple(node.tokens for node in self.known(name, encode) if node.tokens)

    def known(self, name: str, encode: Encode) -> list[Node]:
        """Return what ``name`` knows as turns: the opening from this role's view, then the lines it heard."""
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
    """Return the stage at the end of ``path``, which starts at a root; None if it is not a scene."""
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
    """Return the root of a scene, not yet committed."""
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
    """Return the text read before a line."""
    return f"{GAP}{speaker}:" if speaker else GAP


def said(speaker: str, text: str) -> str:
    """Return the text read for a line, after its cue."""
    return f" {clean_text(text)}" if speaker else clean_text(text)


def shown(text: str) -> str:
    """Return a line as people see it."""
    return text.strip()


def tag_of(node: Node) -> str:
    """Return RWKV-Drama's tag for how a line was created."""
    origin = node.scene.get("origin")
    if origin is not None:
        return OPENING if origin == "opening" else EDITED
    return DRAWN if node.sampling else TYPED
