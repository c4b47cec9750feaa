"""Validation of requests: unknown fields and excessive lengths are refused, as Discord does."""

import re
from typing import Any

from tests.wire_discord.answers import RefusalError

MESSAGE = {
    "content", "tts", "embeds", "allowed_mentions", "message_reference", "components", "sticker_ids", "attachments",
    "flags", "nonce", "enforce_nonce", "poll",
}  # fmt: skip
HOOK_MESSAGE = (MESSAGE - {"message_reference", "sticker_ids", "nonce", "enforce_nonce"}) | {
    "username", "avatar_url", "thread_name", "applied_tags",
}  # fmt: skip
EDIT = {"tts", "content", "embeds", "flags", "allowed_mentions", "components", "attachments"}
COMMAND = {
    "name", "name_localizations", "description", "description_localizations", "options", "type", "nsfw",
    "default_member_permissions", "dm_permission", "contexts", "integration_types", "default_permission",
}  # fmt: skip
OPTION = {
    "type", "name", "name_localizations", "description", "description_localizations", "required", "choices", "options",
    "channel_types", "min_value", "max_value", "min_length", "max_length", "autocomplete",
}  # fmt: skip
CHOICE = {"name", "name_localizations", "value"}
NAME = re.compile(r"^[-_'\w]{1,32}$")
LOCALES = {"zh-CN", "zh-TW", "ja", "ko", "de", "fr", "en-GB", "en-US"}
MAX_MESSAGE_LENGTH, MAX_COMMANDS, MAX_DECLARATION_LENGTH = 2000, 100, 8000


def known(body: dict[str, Any], fields: set[str], where: str) -> None:
    """Refuse unknown fields."""
    if strange := set(body) - fields:
        raise RefusalError(400, 50035, f"Invalid Form Body: {where} has no field {sorted(strange)}")


def length(value: Any, least: int, most: int, where: str) -> None:
    """Check that a text's length is within bounds."""
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise RefusalError(
            400, 50035, f"Invalid Form Body: {where} must be {least} to {most} characters, not {value!r:.80}"
        )


def check_message(body: dict[str, Any], fields: set[str], *, files: int = 0, may_be_empty: bool = False) -> None:
    """Check a created or edited message."""
    known(body, fields, "message")
    content = body.get("content")
    if content is not None:
        length(content, 0, MAX_MESSAGE_LENGTH, "content")
    if not may_be_empty and not (content or files or body.get("embeds") or body.get("components")):
        raise RefusalError(400, 50006, "Cannot send an empty message")
    mentions = body.get("allowed_mentions")
    if mentions is not None:
        known(mentions, {"parse", "users", "roles", "replied_user"}, "allowed_mentions")
    if body.get("nonce") is not None:
        length(str(body["nonce"]), 1, 25, "nonce")
    check_components(body.get("components") or [])


def check_components(rows: list[dict[str, Any]]) -> None:
    """Check for at most five rows of at most five buttons, with unique ids."""
    if len(rows) > 5:
        raise RefusalError(400, 50035, "Invalid Form Body: more than 5 rows")
    ids: list[str] = []
    for row in rows:
        known(row, {"type", "components", "id"}, "row")
        if row["type"] != 1 or not 1 <= len(row["components"]) <= 5:
            raise RefusalError(400, 50035, "Invalid Form Body: a row holds 1 to 5 buttons")
        for button in row["components"]:
            if button["type"] == 3:
                check_menu(button, alone=len(row["components"]) == 1)
                ids.append(button["custom_id"])
                continue
            known(button, {"type", "style", "label", "emoji", "custom_id", "url", "disabled", "id"}, "button")
            length(button.get("custom_id"), 1, 100, "custom_id")
            if button.get("label") is not None:
                length(button["label"], 1, 80, "label")
            if not button.get("label") and not button.get("emoji"):
                raise RefusalError(400, 50035, "Invalid Form Body: a button needs a label or an emoji")
            ids.append(button["custom_id"])
    if len(ids) != len(set(ids)):
        raise RefusalError(400, 50035, "Invalid Form Body: COMPONENT_CUSTOM_ID_DUPLICATED")


def check_menu(menu: dict[str, Any], *, alone: bool) -> None:
    """Check a select menu: the only component in its row, with 1 to 25 options."""
    fields = {"type", "custom_id", "options", "placeholder", "min_values", "max_values", "disabled", "id", "required"}
    known(menu, fields, "menu")
    length(menu["custom_id"], 1, 100, "custom_id")
    length(menu.get("placeholder") or "", 0, 150, "placeholder")
    if not alone or not 1 <= len(menu["options"]) <= 25:
        raise RefusalError(400, 50035, "Invalid Form Body: a menu stands alone, with 1 to 25 options")
    for option in menu["options"]:
        known(option, {"label", "value", "description", "emoji", "default"}, "option")
        length(option["label"], 1, 100, "label")
        length(option["value"], 1, 100, "value")
    if len({option["value"] for option in menu["options"]}) != len(menu["options"]):
        raise RefusalError(400, 50035, "Invalid Form Body: SELECT_COMPONENT_OPTION_VALUE_DUPLICATED")


def check_modal(data: dict[str, Any]) -> None:
    """Check a form of text fields."""
    known(data, {"custom_id", "title", "components"}, "modal")
    length(data["custom_id"], 1, 100, "custom_id")
    length(data["title"], 1, 45, "title")
    for row in data["components"]:
        for field in row["components"]:
            length(field["label"], 1, 45, "label")
            length(field.get("value") or "", 0, field.get("max_length", 4000), "value")


def check_commands(commands: list[dict[str, Any]]) -> None:
    """Check the declared application commands of one scope."""
    slash = [each for each in commands if each.get("type", 1) == 1]
    menus = [each for each in commands if each.get("type", 1) != 1]
    if len(slash) > MAX_COMMANDS:
        raise RefusalError(400, 30032, "Maximum number of application commands reached (100)")
    if len([each for each in menus if each["type"] == 3]) > 5:
        raise RefusalError(400, 30032, "Maximum number of message commands reached (5)")
    names = [(each.get("type", 1), each["name"]) for each in commands]
    if len(names) != len(set(names)):
        raise RefusalError(400, 50035, "Invalid Form Body: APPLICATION_COMMANDS_DUPLICATE_NAME")
    for each in commands:
        known(each, COMMAND, "command")
        if each.get("type", 1) == 1:
            _check_slash(each)
        else:
            length(each["name"], 1, 32, "menu name")
            if each.get("description"):
                raise RefusalError(400, 50035, "Invalid Form Body: a menu has no description")


def _check_slash(each: dict[str, Any]) -> None:
    _check_name(each)
    _check_options(each.get("options") or [])
    texts = [each["name"], each["description"], *_texts(each.get("options") or [])]
    if sum(map(len, texts)) > MAX_DECLARATION_LENGTH:
        raise RefusalError(400, 50035, "Invalid Form Body: APPLICATION_COMMAND_TOO_LARGE")


def _texts(options: list[dict[str, Any]]) -> list[str]:
    found: list[str] = []
    for option in options:
        found += [option["name"], option["description"], *_texts(option.get("options") or [])]
        for choice in option.get("choices") or []:
            found += [choice["name"], str(choice["value"])]
    return found


def _check_name(each: dict[str, Any]) -> None:
    names = [each["name"], *(each.get("name_localizations") or {}).values()]
    for name in names:
        if not NAME.fullmatch(name) or name != name.lower():
            raise RefusalError(400, 50035, f"Invalid Form Body: APPLICATION_COMMAND_INVALID_NAME {name!r}")
    for text in (each["description"], *(each.get("description_localizations") or {}).values()):
        length(text, 1, 100, f"description of {each['name']}")
    for field in ("name_localizations", "description_localizations"):
        known(each.get(field) or {}, LOCALES, field)


def _check_options(options: list[dict[str, Any]]) -> None:
    if len(options) > 25:
        raise RefusalError(400, 50035, "Invalid Form Body: more than 25 options")
    needed = [bool(option.get("required")) for option in options]
    if needed != sorted(needed, reverse=True):
        raise RefusalError(400, 50035, "Invalid Form Body: required options must come first")
    for option in options:
        known(option, OPTION, "option")
        _check_name(option)
        _check_options(option.get("options") or [])
        choices = option.get("choices") or []
        if len(choices) > 25 or (choices and option.get("autocomplete")):
            raise RefusalError(400, 50035, "Invalid Form Body: choices")
        check_choices(choices)


def check_choices(choices: list[dict[str, Any]]) -> None:
    """Check the choices of an option or of a completion."""
    if len(choices) > 25:
        raise RefusalError(400, 50035, "Invalid Form Body: more than 25 choices")
    for choice in choices:
        known(choice, CHOICE, "choice")
        length(choice["name"], 1, 100, "choice name")
        length(str(choice["value"]), 1, 100, "choice value")
