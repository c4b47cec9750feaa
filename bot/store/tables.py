"""The tables. A test keeps them equal to what the migrations build."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.store.columns import BigId, Tokens, UtcTime

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)
cache_metadata = MetaData(naming_convention=NAMES)  # of what may be lost: with SQLite in a file of its own

channels = Table(
    "channels",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("platform", String(32), nullable=False),
    Column("external_id", String(255), nullable=False),
    Column("guild", String(255)),
    Column("prompt", String(128), nullable=False),
    Column("settings", JSON, nullable=False),
    Column("head_id", BigId, ForeignKey("nodes.id", use_alter=True)),
    Column("draft_id", BigId, ForeignKey("nodes.id", use_alter=True)),  # the HEAD of free writing
    Column("pending_id", BigId, ForeignKey("nodes.id", use_alter=True)),  # the tip of the lines that are not accepted
    Column("branch", String(128), nullable=False),
    Column("undone", JSON, nullable=False),  # node ids that redo goes back to, the next one last
    Column("created", UtcTime, nullable=False),
    UniqueConstraint("platform", "external_id"),
    Index(None, "head_id"),
    Index(None, "draft_id"),
    Index(None, "pending_id"),
)

nodes = Table(
    "nodes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("channel_id", BigId, ForeignKey("channels.id", ondelete="CASCADE"), nullable=False),
    Column("parent_id", BigId, ForeignKey("nodes.id")),
    Column("previous_id", BigId, ForeignKey("nodes.id")),
    Column("kind", String(16), nullable=False),
    Column("author", Text, nullable=False),
    Column("user", String(255), nullable=False, server_default=""),  # "platform:id" of the person
    Column("speaker", Text, nullable=False, server_default=""),  # whom the output is from
    Column("input", Text, nullable=False),
    Column("output", Text, nullable=False),
    Column("input_tokens", Tokens, nullable=False),
    Column("output_tokens", Tokens, nullable=False),
    Column("finish_reason", String(16)),
    Column("sampling", JSON, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("vocabulary", String(64), nullable=False, server_default=""),  # whose tokens; empty: nobody wrote it down
    Column("read", Text, nullable=False, server_default=""),  # the exact text of input_tokens
    Column("written", Text, nullable=False, server_default=""),  # the exact text of output_tokens
    Column("digest", String(32), nullable=False, server_default=""),  # of the path's tokens; empty: not computed
    Column("scene", JSON, nullable=False, server_default="{}"),  # its cast, who heard a line, who came or left
    Index(None, "channel_id"),
    Index(None, "parent_id"),
    Index(None, "previous_id"),
    Index(None, "digest"),
    Index(None, "user"),
)

# The model's state before the last token of a path, named by the model and the path's tokens. A cache: every row may go
# at any time. The small columns stand before the blob: behind it, reading one would walk all of the blob's pages.
states = Table(
    "states",
    cache_metadata,
    Column("fingerprint", String(255), primary_key=True),
    Column("digest", String(32), primary_key=True),
    Column("kind", String(8), nullable=False),  # turn, or prompt: the start of one, which many channels share
    Column("nbytes", BigInteger, nullable=False),
    Column("used", UtcTime, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index(None, "used", "nbytes"),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("channel_id", BigId, ForeignKey("channels.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(128), nullable=False),
    Column("node_id", BigId, ForeignKey("nodes.id", ondelete="CASCADE"), nullable=False),
    Column("created", UtcTime, nullable=False),
    UniqueConstraint("channel_id", "kind", "name"),
    Index(None, "node_id"),
)

messages = Table(
    "messages",
    metadata,
    Column("platform", String(32), primary_key=True),
    Column("channel", String(255), primary_key=True),
    Column("message_id", String(255), primary_key=True),
    Column("node_id", BigId, ForeignKey("nodes.id", ondelete="CASCADE"), nullable=False),
    Column("said", Boolean, nullable=False, server_default=false()),  # a person's words; else the bot's answer
    Column("words", Text, nullable=False, server_default=""),  # of one of several messages that were answered together
    Index(None, "node_id"),
)

usage = Table(
    "usage",
    metadata,
    Column("day", Date, primary_key=True),
    Column("channel_id", BigId, ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True),
    Column("user", String(255), primary_key=True),
    Column("turns", Integer, nullable=False),
    Column("tokens_read", BigInteger, nullable=False),
    Column("tokens_written", BigInteger, nullable=False),
    Column("queue_seconds", Double, nullable=False, server_default="0"),
    Column("prefill_seconds", Double, nullable=False, server_default="0"),
    Column("decode_seconds", Double, nullable=False, server_default="0"),
)

key_values = Table(
    "key_values",
    metadata,
    Column("scope", String(255), primary_key=True),  # "user:discord:1", "plugin:dice", "limits", ...
    Column("key", String(255), primary_key=True),
    Column("value", JSON, nullable=False),
)

# Character cards that people brought in. The files stand last: behind them, reading a small column would be slow.
cards = Table(
    "cards",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("scope", String(255), nullable=False),  # whose: "platform:guild", "user:platform:id"; empty: everybody's
    Column("name", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("nbytes", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("user", String(255), nullable=False),  # "platform:id" of who brought it in
    Column("created", UtcTime, nullable=False),
    Column("avatar", LargeBinary),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("scope", "name"),
    Index(None, "user"),
)

# What was said to the bot and is not answered for certain yet, and for some days what was: nothing is answered twice.
inbox = Table(
    "inbox",
    metadata,
    Column("platform", String(32), primary_key=True),
    Column("channel", String(255), primary_key=True),
    Column("message_id", String(255), primary_key=True),
    Column("guild", String(255)),
    Column("user", String(255), nullable=False, server_default=""),  # "platform:id" of the person
    Column("event", JSON),  # what is needed to handle it again; none for words: the platform keeps them
    Column("node_id", BigId, ForeignKey("nodes.id", ondelete="SET NULL")),  # the turn that answers it
    Column("done", Boolean, nullable=False),
    Column("shown", JSON, nullable=False),  # ids of the messages that show the answer so far
    Column("reply", JSON),  # the answer, once it is finished
    Column("created", UtcTime, nullable=False),
    Index(None, "created"),
    Index(None, "node_id"),
)

# What programs asked to have kept, by the ids that they were told.
answers = Table(
    "answers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("channel_id", BigId, ForeignKey("channels.id", ondelete="CASCADE"), nullable=False),
    Column("node_id", BigId, ForeignKey("nodes.id", ondelete="CASCADE")),  # a response's turn; a chat has none
    Column("kind", String(16), nullable=False),
    Column("model", String(256), nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("body", JSON, nullable=False),  # what was answered
    Column("input", JSON, nullable=False),  # what had been sent
    Index(None, "channel_id", "kind", "created"),
    Index(None, "node_id"),
)

# People who may come back as themselves to the web page, from any browser.
accounts = Table(
    "accounts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),  # the name as it is compared
    Column("name", String(64), nullable=False),
    Column("password", Text),  # its Argon2 hash; none: there are passkeys only
    Column("secret", String(32), nullable=False),  # what a browser's cookie would hold: its conversations hang on it
    Column("visitor", String(32), nullable=False, unique=True),  # derived from the secret: "web:VISITOR" is the person
    Column("created", UtcTime, nullable=False),
)

# The browsers that are signed in to an account.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of the cookie
    Column("account_id", BigId, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("browser", String(200), nullable=False),  # what it calls itself
    Column("created", UtcTime, nullable=False),
    Column("used", UtcTime, nullable=False),
    Index(None, "account_id"),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of the credential's id
    Column("account_id", BigId, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("label", String(64), nullable=False),
    Column("site", String(255), nullable=False),  # the host name that it holds for
    Column("uses", BigInteger, nullable=False),  # as its device counts them
    Column("created", UtcTime, nullable=False),
    Column("used", UtcTime, nullable=False),
    Column("credential", LargeBinary, nullable=False),  # its id
    Column("public_key", LargeBinary, nullable=False),
    Index(None, "account_id"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of the code
    Column("note", String(100), nullable=False),  # whom it is for
    Column("created", UtcTime, nullable=False),
    Column("expires", UtcTime, nullable=False),
)
