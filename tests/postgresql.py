"""A PostgreSQL server for the tests: $ROOST_TEST_POSTGRESQL if it is set, else a temporary one in a folder."""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.store.connection import create_engine, database_url
from bot.store.migrating import migrate
from tests.free_port import free_port
from tests.waiting import PATIENCE

START_TRIES = 3  # another program may take a port between its choice and its use


def find(program: str) -> str | None:
    """Find a PostgreSQL program, even where it is not on PATH (as on Debian)."""
    found = shutil.which(program)
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)
    return found or (str(places[0]) if places else None)


def demotion(folder: Path) -> Callable[[], None] | None:
    """Return how to run as nobody, who then owns the folder, when running as root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)

    def demote() -> None:
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)

    return demote


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a running server; the tests create and drop its databases."""
    if given := os.environ.get("ROOST_TEST_POSTGRESQL"):
        yield given
        return
    initdb, postgres = find("initdb"), find("postgres")
    if initdb is None or postgres is None:
        pytest.skip("PostgreSQL is not installed, and ROOST_TEST_POSTGRESQL is not set")
    folder = Path(tempfile.mkdtemp(prefix="roost-pg-", dir="/tmp"))  # user nobody cannot read pytest's own folders
    demote = demotion(folder)
    try:
        command = [initdb, "-D", str(folder / "data"), "-U", "roost", "-A", "trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, preexec_fn=demote, cwd=folder)
        server, url = start(postgres, folder, demote)
        try:
            yield url
        finally:
            server.terminate()
            server.wait(PATIENCE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start(postgres: str, folder: Path, demote: Callable[[], None] | None) -> "tuple[subprocess.Popen[bytes], str]":
    """Start the server; return it once it answers, with its URL."""
    for _ in range(START_TRIES):
        port = free_port()
        options = ["-D", str(folder / "data"), "-p", str(port), "-k", str(folder), "-F", "-h", "127.0.0.1"]
        options += ["-c", "autovacuum=off"]  # a database in use, even by autovacuum, cannot be a template
        with (folder / "log").open("ab") as log:
            server = subprocess.Popen([postgres, *options], preexec_fn=demote, stderr=log, stdout=log, cwd=folder)
        url = f"postgresql://roost@127.0.0.1:{port}/postgres"
        if asyncio.run(answers(url, server)):
            return server, url
        server.kill()
        server.wait()
    raise AssertionError((folder / "log").read_text(errors="replace"))


async def answers(url: str, server: "subprocess.Popen[bytes]") -> bool:
    """Wait until the server answers; return False if it ends instead, as when another program has taken its port."""
    end = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < end:
        try:
            await execute(url, "SELECT 1")
        except Exception:
            await asyncio.sleep(0.2)
        else:
            return True
    return False


async def execute(url: str, statement: str) -> None:
    """Run one statement outside a transaction."""
    engine = create_engine(database_url(url, Path()))
    try:
        async with engine.connect() as connection:
            connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


@contextmanager
def new_database(server: str, template: str = "") -> Iterator[str]:
    """Yield the URL of a database, which is dropped afterwards: a copy of ``template``, else a blank one."""
    name = f"roost_{os.getpid()}_{os.urandom(4).hex()}"
    asyncio.run(execute(server, f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else "")))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    asyncio.run(execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def bring_up_to_date(url: str) -> None:
    engine = create_engine(database_url(url, Path()))
    try:
        await migrate(engine)
    finally:
        await engine.dispose()


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: str) -> Iterator[str]:
    """The name of a database at the newest revision, to be copied; migrating one takes ten times as long."""
    with new_database(postgresql_server) as url:
        asyncio.run(bring_up_to_date(url))
        yield str(make_url(url).database)


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """A blank database."""
    with new_database(postgresql_server) as url:
        yield url


@pytest.fixture
def migrated_postgresql_url(postgresql_server: str, migrated_postgresql: str) -> Iterator[str]:
    """A database without rows at the newest revision."""
    with new_database(postgresql_server, migrated_postgresql) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store_url(request: pytest.FixtureRequest) -> str:
    """The value for ``[store] url``, once for each database. With ``real_databases``, PostgreSQL's is blank."""
    if request.param == "sqlite":
        return ""
    name = "postgresql_url" if "real_databases" in request.fixturenames else "migrated_postgresql_url"
    return str(request.getfixturevalue(name))
