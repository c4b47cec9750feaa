"""How long replies waited, were read for and were written."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS = ("queue_seconds", "prefill_seconds", "decode_seconds")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("usage", sa.Column(name, sa.Double, nullable=False, server_default="0"))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("usage", name)
