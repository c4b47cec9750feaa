"""Channels, turns, states and all that points at them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "channels",
        sa.Column("id", BIG, nullable=False),
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(255), nullable=False),
        sa.Column("guild", sa.String(255)),
        sa.Column("prompt", sa.String(128), nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("head_id", BIG),
        sa.Column("draft_id", BIG),
        sa.Column("branch", sa.String(128), nullable=False),
        sa.Column("undone", sa.JSON, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_channels"),
        sa.UniqueConstraint("platform", "external_id", name="uq_channels_platform_external_id"),
        # Channels and nodes point at each other: PostgreSQL gets these two after both tables stand.
        sa.ForeignKeyConstraint(["head_id"], ["nodes.id"], name="fk_channels_head_id_nodes", use_alter=True),
        sa.ForeignKeyConstraint(["draft_id"], ["nodes.id"], name="fk_channels_draft_id_nodes", use_alter=True),
    )
    op.create_table(
        "nodes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("channel_id", BIG, nullable=False),
        sa.Column("parent_id", BIG),
        sa.Column("previous_id", BIG),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("input", sa.Text, nullable=False),
        sa.Column("output", sa.Text, nullable=False),
        sa.Column("input_tokens", sa.LargeBinary, nullable=False),
        sa.Column("output_tokens", sa.LargeBinary, nullable=False),
        sa.Column("finish_reason", sa.String(16)),
        sa.Column("sampling", sa.JSON, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_nodes"),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name="fk_nodes_channel_id_channels", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["nodes.id"], name="fk_nodes_parent_id_nodes"),
        sa.ForeignKeyConstraint(["previous_id"], ["nodes.id"], name="fk_nodes_previous_id_nodes"),
    )
    op.create_index("ix_nodes_channel_id", "nodes", ["channel_id"])
    op.create_index("ix_nodes_parent_id", "nodes", ["parent_id"])
    if op.get_bind().dialect.name != "sqlite":
        op.create_foreign_key("fk_channels_head_id_nodes", "channels", "nodes", ["head_id"], ["id"])
        op.create_foreign_key("fk_channels_draft_id_nodes", "channels", "nodes", ["draft_id"], ["id"])
    create_satellites()


def create_satellites() -> None:
    op.create_table(
        "states",
        sa.Column("node_id", BIG, nullable=False),
        sa.Column("fingerprint", sa.String(255), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("nbytes", sa.BigInteger, nullable=False),
        sa.Column("used", TIME, nullable=False),
        sa.PrimaryKeyConstraint("node_id", name="pk_states"),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name="fk_states_node_id_nodes", ondelete="CASCADE"),
    )
    op.create_index("ix_states_used", "states", ["used"])
    op.create_table(
        "prompt_states",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("nbytes", sa.BigInteger, nullable=False),
        sa.Column("used", TIME, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_prompt_states"),
    )
    op.create_table(
        "bookmarks",
        sa.Column("id", BIG, nullable=False),
        sa.Column("channel_id", BIG, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("node_id", BIG, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bookmarks"),
        sa.UniqueConstraint("channel_id", "kind", "name", name="uq_bookmarks_channel_id_kind_name"),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name="fk_bookmarks_channel_id_channels", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name="fk_bookmarks_node_id_nodes", ondelete="CASCADE"),
    )
    op.create_index("ix_bookmarks_node_id", "bookmarks", ["node_id"])
    op.create_table(
        "messages",
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(255), nullable=False),
        sa.Column("message_id", sa.String(255), nullable=False),
        sa.Column("node_id", BIG, nullable=False),
        sa.PrimaryKeyConstraint("platform", "channel", "message_id", name="pk_messages"),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name="fk_messages_node_id_nodes", ondelete="CASCADE"),
    )
    op.create_index("ix_messages_node_id", "messages", ["node_id"])
    op.create_table(
        "usage",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("channel_id", BIG, nullable=False),
        sa.Column("user", sa.String(255), nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("tokens_read", sa.BigInteger, nullable=False),
        sa.Column("tokens_written", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("day", "channel_id", "user", name="pk_usage"),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name="fk_usage_channel_id_channels", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "key_values",
        sa.Column("scope", sa.String(255), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_key_values"),
    )


def downgrade() -> None:
    raise NotImplementedError("the first migration; delete the database instead")
