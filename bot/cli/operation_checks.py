"""`roost doctor` checks for a bot in long-term operation: backups, privacy, metrics, processes, kernel cache."""

import os
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bot.findings import Finding
from bot.i18n import N_, Message

if TYPE_CHECKING:
    from bot.config.schema import Config

DAY = 86400.0
OLD_BACKUP = 7 * DAY
LOCAL = ("127.0.0.1", "::1", "localhost")


def check_operations(config: "Config") -> Iterator[Finding]:
    yield check_backups(config).about(N_("backups"))
    yield check_privacy(config).about(N_("privacy"))
    yield check_metrics(config).about(N_("metrics"))
    yield check_processes(config).about(N_("processes"))
    yield check_kernels().about(N_("kernels"))


def check_backups(config: "Config") -> Finding:
    """Check for a recent backup where that is visible, and for PostgreSQL's client programs."""
    from bot.store.connection import database_url, sqlite_path

    url = database_url(config.store.url.get_secret_value(), config.data)
    if sqlite_path(url) is None:
        missing = [name for name in ("pg_dump", "pg_restore", "psql") if shutil.which(name) is None]
        if missing:
            lacking = N_("{programs} not installed; `roost db backup` needs PostgreSQL's client programs "
                         "(Debian: postgresql-client)")  # fmt: skip
            return Finding("note", Message(lacking, programs=", ".join(missing)))
        return Finding("ok", Message("`roost db backup` can use pg_dump"))
    newest = max((path.stat().st_mtime for path in (config.data / "backups").glob("roost-*.db")), default=None)
    if newest is None:
        return Finding("note", Message("none in the data folder; `roost db backup FILE` makes one while Roost runs"))
    age = time.time() - newest
    text = Message("the newest is {days} days old", days=f"{max(age, 0) / DAY:.0f}")
    return Finding("note" if age > OLD_BACKUP else "ok", text)


def check_privacy(config: "Config") -> Finding:
    """Report how long texts are kept."""
    privacy = config.privacy
    kept = Message("words are kept until deleted")
    if privacy.keep_days:
        kept = Message("words are kept for {days} days", days=f"{privacy.keep_days:g}")
    left = Message("conversations of servers that remove the bot are kept")
    if privacy.delete_left:
        days = f"{privacy.left_days:g}"
        left = Message("conversations of servers that remove the bot are deleted {days} days later", days=days)
    return Finding("ok", Message("{first}; {second}", first=kept, second=left))


def check_metrics(config: "Config") -> Finding:
    """Check that the port is free, and who can reach it."""
    metrics = config.metrics
    if not metrics.enabled:
        return Finding("note", Message("switched off ({setting})", setting="[metrics] enabled"))
    where = f"{metrics.host}:{metrics.port}"
    try:
        family = socket.AF_INET6 if ":" in metrics.host else socket.AF_INET
        socket.create_server((metrics.host, metrics.port), family=family).close()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        return Finding("note", Message("{where} cannot be bound ({reason}): is Roost running already?",
                                       where=where, reason=reason))  # fmt: skip
    if metrics.host not in LOCAL:
        return Finding(
            "note", Message("{where} has no password; a firewall must keep others away from it", where=where)
        )
    return Finding("ok", Message("{url} is free", url=f"http://{where}/metrics"))


def check_processes(config: "Config") -> Finding:
    """Report what several processes of the bot would share."""
    discord = config.discord
    if not config.shares_database:
        return Finding("ok", Message("one, which counts the limits in memory; for several, use PostgreSQL or "
                                     "[discord] claim_shards"))  # fmt: skip
    counted = Message("the limits are counted in the database")
    if discord.shard_count and not discord.claim_shards and not discord.shard_ids:
        every = Message("this process takes all shards; a second one would answer everything too, unless both "
                        "claim_shards")  # fmt: skip
        return Finding("note", Message("{first}; {second}", first=counted, second=every))
    if not discord.shard_count:
        return Finding("ok", counted)
    shards = Message("shards: {count} of {total}", count=len(discord.shard_ids), total=discord.shard_count)
    if discord.claim_shards:
        shards = Message("shards: claimed")
    return Finding("ok", Message("{first}; {second}", first=counted, second=shards))


def check_kernels() -> Finding:
    """Check that compiled kernels can be cached: in NUMBA_CACHE_DIR, next to the package, or in the user's cache."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    places = [Path(chosen)] if chosen else [Path(__file__).parents[1] / "engine" / "kernels", Path.home() / ".cache"]
    if any(os.access(next(each for each in (place, *place.parents) if each.exists()), os.W_OK) for place in places):
        return Finding("ok", Message("compiled once and kept"))
    again = N_("compiled again at every start, as {folder} cannot be written; set NUMBA_CACHE_DIR to a folder that "
               "can be written")  # fmt: skip
    return Finding("note", Message(again, folder=places[0]))
