"""The tables. A test checks that they match the result of the migrations."""

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
cache_metadata = MetaData(naming_convention=NAMES)  # for data that may be lost; with SQLite in its own file

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
    Column("draft_id", BigId, ForeignKey("nodes.id", use_alter=True)),  # HEAD of free writing
    Column("pending_id", BigId, ForeignKey("nodes.id", use_alter=True)),  # last line that is not accepted
    Column("branch", String(128), nullable=False),
    Column("undone", JSON, nullable=False),  # node ids for redo, the next one last
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
    Column("speaker", Text, nullable=False, server_default=""),  # whose output it is
    Column("input", Text, nullable=False),
    Column("output", Text, nullable=False),
    Column("input_tokens", Tokens, nullable=False),
    Column("output_tokens", Tokens, nullable=False),
    Column("finish_reason", String(16)),
    Column("sampling", JSON, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("vocabulary", String(64), nullable=False, server_default=""),  # of the tokens; empty: not recorded
    Column("read", Text, nullable=False, server_default=""),  # the exact text of input_tokens
    Column("written", Text, nullable=False, server_default=""),  # the exact text of output_tokens
    Column("digest", String(32), nullable=False, server_default=""),  # of the path's tokens; empty: not computed
    Column("scene", JSON, nullable=False, server_default="{}"),  # its cast, who heard a line, who entered or left
    Index(None, "channel_id"),
    Index(None, "parent_id"),
    Index(None, "previous_id"),
    Index(None, "digest"),
    Index(None, "user"),
)

# The model's state before the last token of a path, named by the model and the path's tokens. A cache: any row may be
# deleted at any time. The small columns come before the blob: after it, reading one would walk all of the blob's
# pages.
states = Table(
    "states",
    cache_metadata,
    Column("fingerprint", String(255), primary_key=True),
    Column("digest", String(32), primary_key=True),
    Column("kind", String(8), nullable=False),  # turn, or prompt: the start of a prompt, shared by many channels
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
    Column("said", Boolean, nullable=False, server_default=false()),  # by a person, rather than the bot
    Column("words", Text, nullable=False, server_default=""),  # own text of one of several messages answered together
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

# Imported character cards. The files come last: reading a small column after them would be slow.
cards = Table(
    "cards",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("scope", String(255), nullable=False),  # owner: "platform:guild", "user:platform:id"; empty: everyone
    Column("name", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("nbytes", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("user", String(255), nullable=False),  # "platform:id" of the person who imported it
    Column("created", UtcTime, nullable=False),
    Column("avatar", LargeBinary),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("scope", "name"),
    Index(None, "user"),
)

# Incoming messages that may not have been answered, and recent ones that have been, so that nothing is answered twice.
inbox = Table(
    "inbox",
    metadata,
    Column("platform", String(32), primary_key=True),
    Column("channel", String(255), primary_key=True),
    Column("message_id", String(255), primary_key=True),
    Column("guild", String(255)),
    Column("user", String(255), nullable=False, server_default=""),  # "platform:id" of the person
    Column("event", JSON),  # what is needed to handle it again; null for messages that the platform keeps
    Column("node_id", BigId, ForeignKey("nodes.id", ondelete="SET NULL")),  # the turn that answers it
    Column("done", Boolean, nullable=False),
    Column("shown", JSON, nullable=False),  # ids of the messages that show the answer so far
    Column("reply", JSON),  # the answer, once it is finished
    Column("created", UtcTime, nullable=False),
    Index(None, "created"),
    Index(None, "node_id"),
)

# Answers that API clients asked to store, by id.
answers = Table(
    "answers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("channel_id", BigId, ForeignKey("channels.id", ondelete="CASCADE"), nullable=False),
    Column("node_id", BigId, ForeignKey("nodes.id", ondelete="CASCADE")),  # a response's turn; null for a chat
    Column("kind", String(16), nullable=False),
    Column("model", String(256), nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("body", JSON, nullable=False),  # the answer
    Column("input", JSON, nullable=False),  # the request
    Index(None, "channel_id", "kind", "created"),
    Index(None, "node_id"),
)

# People who can return to the web page as themselves, from any browser.
accounts = Table(
    "accounts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),  # the name in the form used for comparison
    Column("name", String(64), nullable=False),
    Column("password", Text),  # Argon2 hash; null if there are only passkeys
    Column("secret", String(32), nullable=False),  # value of the visitor's cookie, to which the conversations belong
    # derived from the secret: "web:VISITOR" is the user id
    Column("visitor", String(32), nullable=False, unique=True),
    Column("created", UtcTime, nullable=False),
)

# Browsers signed in to an account.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of the cookie
    Column("account_id", BigId, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("browser", String(200), nullable=False),  # its self-description
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
    Column("site", String(255), nullable=False),  # host name that it is valid for
    Column("uses", BigInteger, nullable=False),  # signature counter of its device
    Column("created", UtcTime, nullable=False),
    Column("used", UtcTime, nullable=False),
    Column("credential", LargeBinary, nullable=False),  # the credential's id
    Column("public_key", LargeBinary, nullable=False),
    Index(None, "account_id"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of the code
    Column("note", String(100), nullable=False),  # who it is for
    Column("created", UtcTime, nullable=False),
    Column("expires", UtcTime, nullable=False),
)

# Rate limits that processes share: events of the last minute, and the replies in progress.
rate_counts = Table(
    "rate_counts",
    metadata,
    Column("name", String(255), primary_key=True),  # "user:PLATFORM:ID", and so on
    Column("counts", JSON, nullable=False),  # [[second, number], ...]
    Column("touched", Double, nullable=False),  # seconds since 1970, by the database's clock
)

rate_slots = Table(
    "rate_slots",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("process", String(32), primary_key=True),
    Column("answers", Integer, nullable=False),
    Column("until", Double, nullable=False),  # when they expire unless the process renews them; as above
)
