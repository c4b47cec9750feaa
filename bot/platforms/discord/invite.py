"""The link that adds the bot to a server, with exactly the permissions it uses."""

import discord

PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, send_messages_in_threads=True, read_message_history=True,
    embed_links=True, attach_files=True, use_application_commands=True, manage_webhooks=True,
)  # fmt: skip
STEPS = """\
In the developer portal (https://discord.com/developers/applications), on the application's Bot page:
  - Message Content Intent: on (off: the bot answers mentions, replies, private messages and slash commands only)
  - Presence and Server Members Intent: off, they are not used
  - Public Bot: as you like"""


def invite_url(application: int) -> str:
    """Opens Discord's page that asks which server to add the bot to."""
    return discord.utils.oauth_url(application, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))
