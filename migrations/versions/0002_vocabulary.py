"""Turns keep the text of their tokens and the name of their vocabulary, to survive a change of tokenizer."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plain ADD COLUMN works in both databases, and leaves the table's references alone.
    op.add_column("nodes", sa.Column("vocabulary", sa.String(64), nullable=False, server_default=""))
    op.add_column("nodes", sa.Column("read", sa.Text, nullable=False, server_default=""))
    op.add_column("nodes", sa.Column("written", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("nodes") as table:
        for name in ("vocabulary", "read", "written"):
            table.drop_column(name)
