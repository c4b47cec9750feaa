"""Converts characters of other programs to V2's `data`: RWKV_Role_Playing, Pygmalion, Agnai, text-generation-webui.

The original is kept in `extensions`, under the program's name.
"""

import re

from bot.errors import InvalidOption
from bot.library.cards.bounded_json import JsonObject
from bot.library.cards.card import OWN_EXTENSION, Form, object_of, text_of
from bot.library.cards.foreign_books import agnai_book

ROLE_PLAYING = "rwkv_role_playing"  # key in `extensions`
FLAGS = re.IGNORECASE | re.MULTILINE
EMPTY: JsonObject = {
    "personality": "", "scenario": "", "first_mes": "", "mes_example": "", "creator_notes": "", "system_prompt": "",
    "post_history_instructions": "", "alternate_greetings": [], "tags": [], "creator": "", "character_version": "",
    "extensions": {},
}  # fmt: skip
ROLE_PLAYING_MARKS = ("bot_persona", "example_message", "use_qa", "action_start", "example_dialogue", "greeting")
PYGMALION_MARKS = ("char_name", "char_persona", "char_greeting")


def foreign_form(root: JsonObject) -> Form | None:
    """Detect the program by the character's fields. Returns None if it is not recognised."""
    if any(key in root for key in PYGMALION_MARKS):
        return "Pygmalion"
    if root.get("kind") == "character" or isinstance(root.get("persona"), dict):
        return "Agnai"
    if "bot" in root and "user" in root and any(key in root for key in ROLE_PLAYING_MARKS):
        return "RWKV_Role_Playing"
    if "name" in root and ("context" in root or ("greeting" in root and "first_mes" not in root)):
        return "text-generation-webui"
    return None


def convert_foreign(root: JsonObject, form: Form, fallback_name: str) -> JsonObject:
    """Convert such a character to V2's `data`. Raises InvalidOption if the form is not a foreign one."""
    makers = {
        "Pygmalion": _pygmalion, "Agnai": _agnai, "RWKV_Role_Playing": _role_playing,
        "text-generation-webui": _webui,
    }  # fmt: skip
    if form not in makers:
        raise InvalidOption("The file contains no character.")
    return EMPTY | makers[form](root, fallback_name)


def _pygmalion(root: JsonObject, fallback: str) -> JsonObject:
    return {
        "name": root.get("char_name") or fallback,
        "description": root.get("char_persona", ""),
        "first_mes": root.get("char_greeting", ""),
        "mes_example": root.get("example_dialogue", ""),
        "scenario": root.get("world_scenario", ""),
        "extensions": {"pygmalion": root},
    }


def _webui(root: JsonObject, fallback: str) -> JsonObject:
    return {
        "name": root.get("name") or fallback,
        "description": root.get("context", ""),
        "first_mes": root.get("greeting", ""),
        "mes_example": root.get("example_dialogue", ""),
        "extensions": {"text_generation_webui": root, OWN_EXTENSION: _user(root.get("your_name"))},
    }


def _agnai(root: JsonObject, fallback: str) -> JsonObject:
    note = object_of(root, "insert")
    extensions: JsonObject = {"agnai": {key: value for key, value in root.items() if key != "characterBook"}}
    if text_of(note, "prompt"):
        extensions["depth_prompt"] = {"prompt": note["prompt"], "depth": note.get("depth", 4), "role": "system"}
    data: JsonObject = {
        "name": root.get("name") or fallback,
        "description": _persona(root.get("persona")),
        "first_mes": root.get("greeting", ""),
        "mes_example": root.get("sampleChat", ""),
        "scenario": root.get("scenario", ""),
        "creator_notes": root.get("description") or "",
        "system_prompt": root.get("systemPrompt") or "",
        "post_history_instructions": root.get("postHistoryInstructions") or "",
        "alternate_greetings": root.get("alternateGreetings") or [],
        "tags": root.get("tags") or [],
        "creator": root.get("creator") or "",
        "character_version": root.get("characterVersion") or "",
        "extensions": extensions,
    }
    if isinstance(root.get("characterBook"), dict):
        data["character_book"] = agnai_book(object_of(root, "characterBook"))
    return data


def _persona(persona: object) -> str:
    """Convert Agnai's persona, {kind, attributes: {name: [texts]}}. Plain personas have one attribute, `text`."""
    if isinstance(persona, str):
        return persona
    attributes = object_of(persona, "attributes") if isinstance(persona, dict) else {}
    lines = []
    for name, values in attributes.items():
        texts = [item for item in (values if isinstance(values, list) else [values]) if isinstance(item, str)]
        lines.append(", ".join(texts) if name == "text" else f"{name}: {', '.join(texts)}")
    return "\n".join(lines)


def _role_playing(root: JsonObject, fallback: str) -> JsonObject:
    name = text_of(root, "bot").strip() or fallback
    own: JsonObject = _user(root.get("user")) | {
        "labels": "User" if root.get("use_qa") is True else "names",
        "dialogue_greeting": True,  # paragraphs of the greeting are turns in that program
    }
    example = root.get("example_message", root.get("example_dialogue", ""))
    return {
        "name": name,
        "nickname": name.split("-")[0].strip(),  # "{{char}}" is the name up to its first "-"
        "description": _modern(root.get("bot_persona", "")),
        "scenario": _modern(root.get("scenario", "")),
        "first_mes": _modern(root.get("greeting", "")),
        "mes_example": _modern(example),
        "extensions": {ROLE_PLAYING: root, OWN_EXTENSION: own},
    }


def _user(name: object) -> JsonObject:
    return {"user": name.strip()} if isinstance(name, str) and name.strip() else {}


def _modern(text: object) -> object:
    """Normalise a text of any of the program's versions: {{bot}} becomes {{char}}, and lines are stripped."""
    if not isinstance(text, str):
        return text
    text = re.sub(r"\{\{bot\}\}", "{{char}}", text, flags=re.IGNORECASE)
    text = re.sub(r"^([ \t\u3000]*(?:\{\{(?:user|char)\}\}|<user>|<bot>))：", r"\1:", text, flags=FLAGS)
    return "\n".join(line.strip(" \t\u3000") for line in text.replace("\r\n", "\n").split("\n"))
