"""Who plays in a scene, and everything the model reads about them: cards resolved, texts folded to paragraphs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from bot.chat.play import digests_in
from bot.library.characters.definition import Character
from bot.library.characters.opening import OpeningOptions, make_opening
from bot.library.lore.lore_entry import LoreEntry
from bot.library.lore.lore_layout import digest_of, root_entries
from bot.library.prompts import GAP, clean_text
from bot.library.scenes.scene_definition import Member, Scene

GetCharacter = Callable[[str], Awaitable[Character]]  # by id or name; raises NotFound, InvalidOption


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A member of the cast as played. ``text`` is the first thing in this role's context."""

    name: str
    text: str = ""
    player: bool = False
    talkativeness: float = 0.5
    character: str = ""  # the character whose picture is shown
    picture: bool = False  # whether a picture stored with the scene is shown
    lore: tuple[str, ...] | None = None  # digests of the constant entries in ``text``; None: those of the card

    def as_json(self) -> dict[str, object]:
        """Return everything except the text."""
        return {
            "name": self.name, "player": self.player, "talkativeness": self.talkativeness, "character": self.character,
            "picture": self.picture,
        } | ({} if self.lore is None else {"lore": list(self.lore)})  # fmt: skip


def role_of(value: Mapping[str, object], text: str = "") -> Role:
    """Restore a role from the result of ``as_json``."""
    share = value.get("talkativeness")
    return Role(
        name=str(value.get("name", "")), text=text or str(value.get("text", "")), player=bool(value.get("player")),
        talkativeness=float(share) if isinstance(share, (int, float)) else 0.5,
        character=str(value.get("character", "")), picture=bool(value.get("picture")),
        lore=digests_in(value.get("lore")),
    )  # fmt: skip


async def make_roles(scene: Scene, find: GetCharacter) -> list[Role]:
    """Return the scene's cast. Raises NotFound for a character that is not in the library."""
    return [await make_role(member, scene, find) for member in scene.cast]


async def make_role(member: Member, scene: Scene, find: GetCharacter) -> Role:
    """Return one role, with the macros of its card expanded for good.

    The card's greeting is left out: the scene's own lines take its place.
    """
    parts: list[str] = []
    lore: tuple[LoreEntry, ...] = ()
    talkativeness = member.talkativeness
    if member.character:
        card = replace(await find(member.character), char=member.name, greetings=(), fixed_labels=False)
        lore = root_entries([card.book]) if card.book else ()
        person = next((other.name for other in scene.cast if other.player and other.name != member.name), "")
        options = OpeningOptions(user=person, constant_lore=lore, seed=scene.id)
        parts.append(make_opening(card, options, Random(f"{scene.id}/{member.name}")).text)
        talkativeness = card.talkativeness if talkativeness == Member(name="").talkativeness else talkativeness
    if description := clean_text(member.description):
        parts.append(description if member.name in description else f"{member.name} ({description})")
    return Role(
        name=member.name, text=GAP.join(parts), player=member.player, talkativeness=talkativeness,
        character=member.character, picture=member.picture, lore=tuple(dict.fromkeys(map(digest_of, lore))),
    )  # fmt: skip


def opening_text(texts: Sequence[str], setting: str) -> str:
    """Return the text before the first line: who the role is, then where the scene is set."""
    return GAP.join(part for part in (*texts, clean_text(setting)) if part)
