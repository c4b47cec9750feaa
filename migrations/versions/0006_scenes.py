"""Scenes: their cast, who heard a line, who came and who left."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("nodes", sa.Column("scene", sa.JSON, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("nodes", "scene")
