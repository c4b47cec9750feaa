"""`roost doctor` checks for a bot in long-term operation: backups, privacy, metrics, processes, kernel cache."""

import os
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bot.findings import Finding

if TYPE_CHECKING:
    from bot.config.schema import Config

DAY = 86400.0
OLD_BACKUP = 7 * DAY
LOCAL = ("127.0.0.1", "::1", "localhost")


def check_operations(config: "Config") -> Iterator[Finding]:
    yield check_backups(config)
    yield check_privacy(config)
    yield check_metrics(config)
    yield check_processes(config)
    yield check_kernels()


def check_backups(config: "Config") -> Finding:
    """Check for a recent backup where that is visible, and for PostgreSQL's client programs."""
    from bot.store.connection import database_url, sqlite_path

    url = database_url(config.store.url.get_secret_value(), config.data)
    if sqlite_path(url) is None:
        missing = [name for name in ("pg_dump", "pg_restore", "psql") if shutil.which(name) is None]
        if missing:
            advice = "`roost db backup` needs PostgreSQL's client programs (Debian: postgresql-client)"
            return Finding("note", f"backups: {', '.join(missing)} not installed; {advice}")
        return Finding("ok", "backups: `roost db backup` can use pg_dump")
    newest = max((path.stat().st_mtime for path in (config.data / "backups").glob("roost-*.db")), default=None)
    if newest is None:
        return Finding("note", "backups: none in the data folder; `roost db backup FILE` makes one while Roost runs")
    age = time.time() - newest
    return Finding("note" if age > OLD_BACKUP else "ok", f"backups: the newest is {max(age, 0) / DAY:.0f} days old")


def check_privacy(config: "Config") -> Finding:
    """Report how long texts are kept."""
    privacy = config.privacy
    kept = f"words are kept for {privacy.keep_days:g} days" if privacy.keep_days else "words are kept until deleted"
    left = f"deleted {privacy.left_days:g} days later" if privacy.delete_left else "kept"
    return Finding("ok", f"privacy: {kept}; conversations of servers that remove the bot are {left}")


def check_metrics(config: "Config") -> Finding:
    """Check that the port is free, and who can reach it."""
    metrics = config.metrics
    if not metrics.enabled:
        return Finding("note", "metrics: switched off ([metrics] enabled)")
    where = f"{metrics.host}:{metrics.port}"
    try:
        family = socket.AF_INET6 if ":" in metrics.host else socket.AF_INET
        socket.create_server((metrics.host, metrics.port), family=family).close()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        return Finding("note", f"metrics: {where} cannot be bound ({reason}): is Roost running already?")
    if metrics.host not in LOCAL:
        return Finding("note", f"metrics: {where} has no password; a firewall must keep others away from it")
    return Finding("ok", f"metrics: http://{where}/metrics is free")


def check_processes(config: "Config") -> Finding:
    """Report what several processes of the bot would share."""
    discord = config.discord
    if not config.shares_database:
        advice = "for several, use PostgreSQL or [discord] claim_shards"
        return Finding("ok", f"processes: one, which counts the limits in memory; {advice}")
    if discord.shard_count and not discord.claim_shards and not discord.shard_ids:
        text = "this process takes all shards; a second one would answer everything too, unless both claim_shards"
        return Finding("note", f"processes: the limits are counted in the database; {text}")
    shards = "claimed" if discord.claim_shards else f"{len(discord.shard_ids)} of {discord.shard_count}"
    which = f"; shards: {shards}" if discord.shard_count else ""
    return Finding("ok", f"processes: the limits are counted in the database{which}")


def check_kernels() -> Finding:
    """Check that compiled kernels can be cached: in NUMBA_CACHE_DIR, next to the package, or in the user's cache."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    places = [Path(chosen)] if chosen else [Path(__file__).parents[1] / "engine" / "kernels", Path.home() / ".cache"]
    if any(os.access(next(each for each in (place, *place.parents) if each.exists()), os.W_OK) for place in places):
        return Finding("ok", "kernels: compiled once and kept")
    advice = "set NUMBA_CACHE_DIR to a folder that can be written"
    return Finding("note", f"kernels: compiled again at every start, as {places[0]} cannot be written; {advice}")
