"""Revisions read without Alembic agree with Alembic's."""

import subprocess
import sys
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.store.connection import create_engine, database_url, dispose, reading
from bot.store.migrating import alembic_config
from bot.store.revisions import current_revision, known_revisions, newest_revision
from bot.store.store import Store


def test_the_revisions_are_those_of_the_scripts() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert list(known_revisions()) == [script.revision for script in scripts.walk_revisions()][::-1]
    assert newest_revision() == scripts.get_current_head()


async def test_a_database_is_of_the_revision_that_alembic_sees(any_store: Store) -> None:
    async with reading(any_store.engine) as connection:
        seen = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    assert await current_revision(any_store.engine) == seen == newest_revision()


async def test_a_blank_database_has_none(tmp_path: Path) -> None:
    engine = create_engine(database_url("", tmp_path))
    assert await current_revision(engine) is None
    await dispose(engine)


def test_nothing_that_starts_imports_alembic() -> None:
    program = "import sys, bot.app; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
