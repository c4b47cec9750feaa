"""What the owner's view says."""

from bot.i18n import N_

OWNER_TEXTS = (
    N_("Replies being written"),
    N_("Waiting"),
    N_("Tokens per second"),
    N_("Tokens read"),
    N_("Tokens written"),
    N_("Open pages"),
    N_("Sign out as owner"),
)
