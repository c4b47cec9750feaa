"""What programs asked to have kept."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("channel_id", BIG, sa.ForeignKey("channels.id", ondelete="CASCADE"), nullable=False),
        sa.Column("node_id", BIG, sa.ForeignKey("nodes.id", ondelete="CASCADE")),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("model", sa.String(256), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("input", sa.JSON, nullable=False),
    )
    op.create_index("ix_answers_channel_id_kind_created", "answers", ["channel_id", "kind", "created"])
    op.create_index("ix_answers_node_id", "answers", ["node_id"])


def downgrade() -> None:
    op.drop_table("answers")
