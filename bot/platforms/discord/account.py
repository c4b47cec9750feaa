"""The parts of the platform that outlive its connections."""

from dataclasses import dataclass
from datetime import timedelta

from bot.config.schema import DiscordSection
from bot.events import Dispatcher
from bot.platforms.discord.discord_sender import DiscordSender
from bot.platforms.discord.event_receiver import EventReceiver
from bot.platforms.discord.identify_limiter import IdentifyLimiter
from bot.platforms.discord.intake import PLATFORM, Intake
from bot.platforms.discord.interactions import Interactions
from bot.platforms.discord.link import Link
from bot.platforms.discord.membership import Membership
from bot.platforms.discord.panels import Panels
from bot.platforms.discord.permission_reports import PermissionReports
from bot.platforms.discord.ports import Commands, DiscordStore
from bot.platforms.discord.shard_leases import ShardLeases
from bot.platforms.line.capabilities import Capabilities
from bot.platforms.line.line import Line
from bot.platforms.line.recovery import Recovery
from bot.platforms.line.request_budget import RequestBudget

ALIVE = "alive"  # stores the last time at which nothing was missed
RATE, BURST = 40.0, 10.0  # requests; Discord allows a bot 50 in any second, over all of its processes
LEAST_SHARE = 0.05  # of these, for a process without shards


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The long-lived parts of the platform."""

    config: DiscordSection
    commands: Commands
    store: DiscordStore
    link: Link
    line: Line
    intake: Intake
    receiver: EventReceiver
    interactions: Interactions
    recovery: Recovery
    leases: ShardLeases | None  # only if processes share the shards
    identify_limiter: IdentifyLimiter | None
    budget: RequestBudget
    membership: Membership

    def share_requests(self, shards: int) -> None:
        """Use a share of Discord's rate limit in proportion to ``shards``.

        A shard has one owner at a time, so the shares never exceed the whole, and a dead process's share passes to
        the processes that take over its shards.
        """
        if count := self.config.shard_count:
            self.budget.share(max(LEAST_SHARE, min(1.0, shards / count)))


def capabilities_of(config: DiscordSection) -> Capabilities:
    """Return Discord's limits: about five edits in five seconds per channel, and fifty requests per second."""
    return Capabilities(
        edits=True, buttons=True, threads=True, files=True, pushes=True, message_limit=2000,
        file_after=config.file_after_chars, edit_interval=config.edit_interval_s, frames_per_second=20.0,
    )  # fmt: skip


def make_account(config: DiscordSection, dispatcher: Dispatcher, commands: Commands, store: DiscordStore) -> Account:
    """Build all parts, not yet connected."""
    link = Link()
    sender = DiscordSender(link, PermissionReports(config, link), commands, Panels(store.values))
    budget = RequestBudget(RATE, BURST)
    line = Line(PLATFORM, dispatcher, store.inbox, sender, capabilities_of(config), budget)
    intake = Intake(config, commands)
    patience = timedelta(minutes=config.catch_up_minutes)
    leases = ShardLeases(store.heartbeats, config.shard_count) if config.claim_shards else None
    own = map(str, config.shard_ids) if leases is None else [leases.name]
    key = ":".join([ALIVE, *own])  # processes that share a database have different shards
    return Account(
        config=config, commands=commands, store=store, link=link, line=line, intake=intake,
        receiver=EventReceiver(config, link, line, intake, store),
        interactions=Interactions(config, line, dispatcher, commands, store.messages),
        recovery=Recovery(line, store.values, patience, key),
        leases=leases,
        identify_limiter=IdentifyLimiter(store.values) if config.claim_shards or config.shard_ids else None,
        budget=budget,
        membership=Membership(store),
    )  # fmt: skip
