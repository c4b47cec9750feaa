"""Rate limits over several processes: events of the last minute, and the replies in progress."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    unlogged = ["UNLOGGED"] if op.get_bind().dialect.name == "postgresql" else []  # their loss does no harm
    op.create_table(
        "rate_counts",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("touched", sa.Double, nullable=False),
        prefixes=unlogged,
    )
    op.create_table(
        "rate_slots",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("process", sa.String(32), primary_key=True),
        sa.Column("answers", sa.Integer, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
        prefixes=unlogged,
    )
