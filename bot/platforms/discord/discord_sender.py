"""Chooses how an answer is delivered on Discord."""

from collections.abc import Sequence

from bot.events import Edited, Said
from bot.platforms.discord.delivery import ChannelDelivery, Target
from bot.platforms.discord.interaction_delivery import InteractionDelivery, Token
from bot.platforms.discord.link import Link
from bot.platforms.discord.panels import Panels
from bot.platforms.discord.permission_reports import PermissionReports
from bot.platforms.discord.ports import Commands
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.sending import Delivery

TOKEN = "token"  # noqa: S105  # key of the token in a stored interaction


class DiscordSender:
    """Creates deliveries for answers."""

    def __init__(self, link: Link, permission_reports: PermissionReports, commands: Commands, panels: Panels) -> None:
        self._link = link
        self._permission_reports = permission_reports
        self._commands = commands
        self._panels = panels

    def delivery(self, incoming: IncomingEvent, shown: Sequence[str] = ()) -> Delivery:
        """Return a delivery: by the interaction's token if there is one, else to the channel."""
        said = incoming.event if isinstance(incoming.event, (Said, Edited)) else None
        target = Target(
            channel=int(incoming.channel), guild=int(incoming.origin.guild) if incoming.origin.guild else None,
            item=incoming.id, answered=int(said.id) if said is not None and said.id else None, posted=len(shown),
            faces={command.name: command.button for command in self._commands if command.button},
        )  # fmt: skip
        channel = ChannelDelivery(self._link, target, self._permission_reports, self._panels)
        token = (incoming.stored or {}).get(TOKEN)
        if not isinstance(token, dict):
            return channel
        return InteractionDelivery(self._link, Token.unpacked(token), channel)
