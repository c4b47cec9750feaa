"""Character cards that people brought in."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "cards",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("scope", sa.String(255), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("nbytes", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("user", sa.String(255), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("avatar", sa.LargeBinary),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("scope", "name", name="uq_cards_scope_name"),
    )
    op.create_index("ix_cards_user", "cards", ["user"])


def downgrade() -> None:
    op.drop_table("cards")
