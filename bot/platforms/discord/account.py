"""The parts of the platform that outlive its connections."""

from dataclasses import dataclass
from datetime import timedelta

from bot.config.schema import DiscordSection
from bot.events import Dispatcher
from bot.platforms.discord.complaints import Complaints
from bot.platforms.discord.discord_sender import DiscordSender
from bot.platforms.discord.hearing import Hearing
from bot.platforms.discord.identify_ladder import IdentifyLadder
from bot.platforms.discord.intake import PLATFORM, Intake
from bot.platforms.discord.interactions import Interactions
from bot.platforms.discord.link import Link
from bot.platforms.discord.membership import Membership
from bot.platforms.discord.panels import Panels
from bot.platforms.discord.ports import Commands, Store
from bot.platforms.discord.shard_leases import ShardLeases
from bot.platforms.line.abilities import Abilities
from bot.platforms.line.line import Line
from bot.platforms.line.recovery import Recovery

ALIVE = "alive"  # stores the last time at which nothing was missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The long-lived parts of the platform."""

    config: DiscordSection
    commands: Commands
    store: Store
    link: Link
    line: Line
    intake: Intake
    hearing: Hearing
    interactions: Interactions
    recovery: Recovery
    leases: ShardLeases | None  # only if processes share the shards
    ladder: IdentifyLadder | None
    membership: Membership


def abilities_of(config: DiscordSection) -> Abilities:
    """Return Discord's limits: about five edits in five seconds per channel, and fifty requests per second."""
    return Abilities(
        edits=True, buttons=True, threads=True, files=True, pushes=True, message_limit=2000,
        file_after=config.file_after_chars, edit_interval=config.edit_interval_s, frames_per_second=20.0,
    )  # fmt: skip


def make_account(config: DiscordSection, dispatcher: Dispatcher, commands: Commands, store: Store) -> Account:
    """Build all parts, not yet connected."""
    link = Link()
    sender = DiscordSender(link, Complaints(config, link), commands, Panels(store.values))
    line = Line(PLATFORM, dispatcher, store.inbox, sender, abilities_of(config))
    intake = Intake(config, commands)
    patience = timedelta(minutes=config.catch_up_minutes)
    leases = ShardLeases(store.values, config.shard_count) if config.claim_shards else None
    own = map(str, config.shard_ids) if leases is None else [leases.name]
    key = ":".join([ALIVE, *own])  # processes that share a database have different shards
    return Account(
        config=config, commands=commands, store=store, link=link, line=line, intake=intake,
        hearing=Hearing(config, link, line, intake, store),
        interactions=Interactions(config, line, dispatcher, commands, store.messages),
        recovery=Recovery(line, store.values, patience, key),
        leases=leases, ladder=None if leases is None else IdentifyLadder(store.values),
        membership=Membership(store),
    )  # fmt: skip
