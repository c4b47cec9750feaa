"""Messages that were taken in, so that each is answered once, whatever dies on the way."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("platform", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(255), primary_key=True),
        sa.Column("message_id", sa.String(255), primary_key=True),
        sa.Column("guild", sa.String(255)),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.Column("shown", sa.JSON, nullable=False),
        sa.Column("reply", sa.JSON),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_inbox_created", "inbox", ["created"])


def downgrade() -> None:
    op.drop_table("inbox")
