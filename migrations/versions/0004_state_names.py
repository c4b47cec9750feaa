"""States by model and tokens instead of by turn; speakers, pending lines; the inbox knows what answers an item."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    # States are a cache, and the old names say nothing of the tokens: they are made again when they are needed.
    op.drop_table("states")
    op.drop_table("prompt_states")
    if op.get_bind().dialect.name != "sqlite":  # there they have a file of their own
        create_states()
    pending = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    # SQLite takes the reference only within ADD COLUMN, which Alembic cannot write.
    reference = "CONSTRAINT fk_channels_pending_id_nodes REFERENCES nodes (id)"
    op.execute(f"ALTER TABLE channels ADD COLUMN pending_id {pending} {reference}")
    for name in ("head_id", "draft_id", "pending_id"):
        op.create_index(f"ix_channels_{name}", "channels", [name])
    op.add_column("nodes", sa.Column("user", sa.String(255), nullable=False, server_default=""))
    op.add_column("nodes", sa.Column("speaker", sa.Text, nullable=False, server_default=""))
    op.add_column("nodes", sa.Column("digest", sa.String(32), nullable=False, server_default=""))
    for name in ("previous_id", "digest", "user"):
        op.create_index(f"ix_nodes_{name}", "nodes", [name])
    op.add_column("messages", sa.Column("said", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("messages", sa.Column("words", sa.Text, nullable=False, server_default=""))
    with op.batch_alter_table("inbox") as table:
        table.add_column(sa.Column("user", sa.String(255), nullable=False, server_default=""))
        table.add_column(sa.Column("event", sa.JSON))
        table.add_column(sa.Column("node_id", BIG))
        table.create_foreign_key("fk_inbox_node_id_nodes", "nodes", ["node_id"], ["id"], ondelete="SET NULL")
    normalise_names()
    op.create_index("ix_inbox_node_id", "inbox", ["node_id"])


def normalise_names() -> None:
    """Saves and branches are found however their accents were typed."""
    connection = op.get_bind()
    for table, column in (("bookmarks", "name"), ("channels", "branch")):
        rows = sa.table(table, sa.column("id"), sa.column(column))
        for number, name in connection.execute(sa.select(rows.c.id, rows.c[column])).all():
            if (normal := unicodedata.normalize("NFC", name)) == name:
                continue
            try:
                with connection.begin_nested():
                    connection.execute(sa.update(rows).where(rows.c.id == number).values({column: normal}))
            except sa.exc.IntegrityError:  # both forms are there: the other one is the one that is found
                continue


def create_states() -> None:
    op.create_table(
        "states",
        sa.Column("fingerprint", sa.String(255), primary_key=True),
        sa.Column("digest", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("nbytes", sa.BigInteger, nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_states_used_nbytes", "states", ["used", "nbytes"])


def downgrade() -> None:
    raise NotImplementedError("the old states are gone; restore the copy that was made before the upgrade instead")
