"""Write docs/commands.md from the commands' declarations (``make docs``)."""

import sys

from bot.commands.builtin import built_in
from bot.commands.command import Command
from bot.commands.help_text import FAMILY_TITLES, option_line
from bot.sampling import PARAMETERS

HEAD = """\
# Commands

<!-- Made by `make docs` from the declarations in bot/commands. Do not edit. -->

Every command works in the same way as `+name`, as `/name`, as a slash command on Discord, in the console and on the web
page. `+help` lists them in your language, `+help NAME` explains one.

- Plain text is part of the conversation. `+` asks for another answer, `+++` continues free text, `++` rewrites it.
- A reply to an old answer continues from that turn; a button acts on the turn it belongs to.
- Named options may be anywhere in the text: `+ask Where is Mia? context: Mia is in the garden. cfg: 1.5`
- Commands marked *admin* are for owners (named in `bot.toml`, the console, browsers that have opened an owner link) and
  for those whom a server's own permissions make administrators; changes by the latter apply to their server only.

## All commands

| Command | What it does | Aliases | Who |
|---|---|---|---|
"""

CHATRWKV = """
## Compared with ChatRWKV

| ChatRWKV | Roost | |
|---|---|---|
| `+` `+reset` `+gen` `+i` `+qq` `+qa` `+++` `++` `+prompt` | the same | as in ChatRWKV |
| `-temp=`, `-top_p=` in any message | the same, and all options above | as in ChatRWKV |
| `\\n` in a message is a new line | the same | as in ChatRWKV |
| newlines avoided up to 40 tokens, sought from 150 on | `newline_schedule` | as in ChatRWKV |
| free writing ends after 256 tokens | the same; `-max_tokens=` changes it | as in ChatRWKV |
| 1.2, 0.5, penalties 0.4 and 0.4, decay 0.996 | preset `chatrwkv` | differs: prompts bring their own numbers |
| the end of text is never drawn | it ends a reply | differs: newer models end their turns with it |
| `，` `：` `？` `！` are not repeated | `no_repeat_punctuation`: more marks | differs: talk is in many languages |
| `-temp`, `-top_p` out of range are clamped | they are refused | differs: you get what you asked for, or an error |
"""

SAMPLING = """
## Sampling options

They can be given in any message to the model, `-temp=0.8 -top_p=0.5`, in `+set temperature 0.8 top_p 0.5`, and in
presets. In a message they apply to that turn and override your settings, which override the channel's, then the
prompt's, then `[chat] sampling`. `-n=3` writes three answers to choose from with `+swipe`, `-prefix="Well,"` is how the
answer begins, `-stop="END|THE END"` ends it. A `-word=` that is not an option remains part of the text.

| Name | Short | Allowed | What it does |
|---|---|---|---|
"""


def reference() -> str:
    """The whole page."""
    registry = built_in()
    rows = [_row(item) for item in registry]
    parts = [HEAD + "\n".join(rows) + "\n"]
    for family in registry.families():
        parts += [f"\n## {FAMILY_TITLES[family]}\n", *(_section(item) for item in registry.family(family))]
    table = [
        f"| `{item.name}` | {', '.join(f'`{name}`' for name in item.short)} | {item.range()} | {item.help} |"
        for item in PARAMETERS
    ]
    parts.append(SAMPLING + "\n".join(table) + "\n")
    parts.append(CHATRWKV)
    return "".join(parts)


def _row(item: Command) -> str:
    usage = f"+{item.usage()}".replace("|", "\\|")
    aliases = ", ".join(f"`{name}`" for name in item.aliases)
    return f"| `{usage}` | {item.summary} | {aliases} | {'admin' if item.permission == 'admin' else ''} |"


def _section(item: Command) -> str:
    lines = [f"\n### {item.name}\n", item.summary]
    if item.details:
        lines.append(item.details)
    if item.options:
        lines += ["", *(option_line(option, "en") for option in item.options)]
    lines += ["", "```", *item.examples, "```"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
