"""Backup and restore with PostgreSQL's own programs, such as pg_dump."""

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy.engine import URL

from bot.errors import ConfigError, UserError
from bot.store.tables import cache_metadata, metadata

MAGIC = b"PGDMP"  # first bytes of a pg_dump file
FORMER_TABLES = ("prompt_states",)  # before revision 0003
MAX_REASON_LENGTH = 500  # characters of a program's error output


class ToolError(UserError):
    """One of PostgreSQL's programs has failed; the message is its own."""


async def dump(url: URL, target: Path, *, states: bool = False) -> int:
    """Write the database to ``target``, without the stored states unless ``states``. Returns the size in bytes."""
    unfinished = target.with_name(target.name + ".part")
    wanted = [] if states else ["--exclude-table-data=states"]
    try:
        arguments = ["--format=custom", "--no-owner", "--no-privileges", *wanted, f"--file={unfinished}"]
        await _run("pg_dump", arguments, url)
        await asyncio.to_thread(unfinished.replace, target)
    finally:
        await asyncio.to_thread(unfinished.unlink, missing_ok=True)
    return (await asyncio.to_thread(target.stat)).st_size


async def revision_of(source: Path) -> str | None:
    """Return the revision of the database dumped to ``source``; None if it is not one of our dumps."""
    text = await _run("pg_restore", ["--data-only", "--table=alembic_version", "--file=-", str(source)])
    lines = text.splitlines()
    start = next((place for place, line in enumerate(lines) if line.startswith("COPY ")), len(lines))
    return next((line for line in lines[start + 1 :] if line != "\\."), None)


async def fill(url: URL, source: Path) -> None:
    """Replace the program's tables with those of ``source``, in one transaction."""
    script, drops = (source.with_name(f"{source.name}.{kind}.sql") for kind in ("restore", "drop"))
    names = [*metadata.tables, *cache_metadata.tables, *FORMER_TABLES, "alembic_version"]
    try:
        await _run("pg_restore", ["--no-owner", "--no-privileges", f"--file={script}", str(source)])
        await asyncio.to_thread(drops.write_text, f"DROP TABLE IF EXISTS {', '.join(names)} CASCADE;\n")
        options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        await _run("psql", [*options, f"--file={drops}", f"--file={script}"], url)
    finally:
        for path in (script, drops):
            await asyncio.to_thread(path.unlink, missing_ok=True)


async def _run(program: str, arguments: Sequence[str], url: URL | None = None) -> str:
    """Return the program's output. Raises ConfigError if it is not installed, ToolError if it fails."""
    found = shutil.which(program)
    if found is None:
        message = (
            "{program} is not installed here: install PostgreSQL's client programs (Debian: postgresql-client), of the"
            " server's version or newer."
        )
        raise ConfigError(message, program=program)
    environment = {**os.environ, **({} if url is None else libpq_settings(url))}
    process = await asyncio.create_subprocess_exec(
        found, *arguments, env=environment, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        output, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        reason = complaint.decode(errors="replace").strip()[-MAX_REASON_LENGTH:]
        raise ToolError("{program} has failed: {reason}", program=program, reason=reason)
    return output.decode(errors="replace")


def libpq_settings(url: URL) -> Mapping[str, str]:
    """Return the database as libpq's environment variables: command lines are visible to everyone on the machine."""
    query = {name: value if isinstance(value, str) else value[0] for name, value in url.query.items()}
    given = {
        "PGHOST": url.host or query.get("host"), "PGPORT": str(url.port or query.get("port") or ""),
        "PGUSER": url.username, "PGPASSWORD": url.password, "PGDATABASE": url.database,
        "PGSSLMODE": query.get("ssl") or query.get("sslmode"),
    }  # fmt: skip
    return {name: value for name, value in given.items() if value}
