"""The typed schema of bot.toml. Every setting is documented in bot.toml itself; a test keeps the two in sync."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from bot.config.network_names import (
    account,
    browser_origin,
    engine_address,
    host_name,
    http_address,
    web_socket_address,
)
from bot.i18n import checked_language
from bot.sampling import sampling_values

MAX_CHANNEL_LENGTH = 255  # characters of a channel name, as in the database
Port = Annotated[int, Field(ge=0, le=65535)]
Count = Annotated[int, Field(ge=1)]
Size = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Days = Annotated[float, Field(ge=0, le=36500)]
Snowflake = Annotated[int, Field(gt=0, lt=2**63)]
NO_SECRET = SecretStr("")
BotName = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]
Account = Annotated[str, AfterValidator(account)]
HostName = Annotated[str, AfterValidator(host_name)]
Origin = Annotated[str, AfterValidator(browser_origin)]
WebSocketAddress = Annotated[str, AfterValidator(web_socket_address)]
QqNumber = int | str  # some bridges use ids that are not numbers
EngineAddress = Annotated[str, AfterValidator(engine_address)]
HttpAddress = Annotated[str, AfterValidator(http_address)]


class Section(BaseModel):
    """A table of bot.toml. Unknown keys and values of the wrong type are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True)


class BotSection(Section):
    """[bot]: the bot's name, and where its data is kept."""

    name: BotName = "Roost"
    language: Annotated[str, AfterValidator(checked_language)] = "en"
    data: str = "data"
    admins: list[Account] = []  # "platform:id", e.g. "web:me", "discord:123"


class ModelSection(Section):
    """[model]: the model to run."""

    path: str = "models/demo/demo.pth"
    tokenizer: str = ""
    strategy: str = ""
    state: str = ""


class EngineSection(Section):
    """[engine]: concurrent replies, and time limits."""

    rows: Annotated[int, Field(ge=1, le=1024)] = 32
    state_precision: Literal["", "fp16", "fp32"] = ""
    queue_limit: Count = 256
    latency_ms: Annotated[float, Field(ge=1)] = 100.0
    timeout_s: Annotated[float, Field(gt=0)] = 300.0
    threads: Size = 0
    urls: Annotated[list[EngineAddress], Field(max_length=1000)] = []
    cluster: HttpAddress = ""
    key: SecretStr = NO_SECRET
    start_s: Seconds = 60.0
    drain_s: Seconds = 20.0

    @field_validator("urls")
    @classmethod
    def _different(cls, value: list[str]) -> list[str]:
        if twice := next((url for url in value if value.count(url) > 1), None):
            raise ValueError(f"{twice} is named twice")
        return value

    @property
    def remote(self) -> bool:
        """Whether the model runs elsewhere."""
        return bool(self.urls or self.cluster)


class StoreSection(Section):
    """[store]: the database, and the space for states."""

    url: SecretStr = NO_SECRET
    state_budget_mb: Size = 1024
    state_memory_mb: Size = 256
    state_copies: Literal["fp32", "fp16"] = "fp32"
    state_url: str = ""
    state_endpoint: HttpAddress = ""
    state_url_above_kb: Size = 4096
    keep_turns: Count = 4


class PrivacySection(Section):
    """[privacy]: how long texts are kept."""

    keep_days: Days = 0.0
    delete_left: bool = False
    left_days: Days = 7.0


class ChatSection(Section):
    """[chat]: prompts and the limits of a turn."""

    prompt: str = "chat-en"
    prompts: list[str] = ["prompts"]
    reload_s: Seconds = 2.0
    speaker_names: bool = False
    max_input_chars: Count = 8000
    max_waiting: Count = 20
    sampling: dict[str, object] = {}

    @field_validator("sampling")
    @classmethod
    def _known(cls, value: dict[str, object]) -> dict[str, object]:
        return sampling_values(value)


class LimitsSection(Section):
    """[limits]: rate limits per user and place; 0 means none."""

    user_per_minute: Size = 20
    user_per_day: Size = 0
    user_at_once: Size = 16
    user_tokens_per_day: Size = 0
    channel_per_minute: Size = 60
    channel_per_day: Size = 0
    channel_tokens_per_day: Size = 0
    guild_per_minute: Size = 0
    address_per_minute: Size = 120
    address_at_once: Size = 32


class WebSection(Section):
    """[web]: the chat page and its HTTP interfaces."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: Port = 8080
    token: SecretStr = NO_SECRET
    max_body_kb: Count = 256
    max_upload_mb: Count = 16
    max_message_chars: Count = 8000
    cors_origins: list[Origin] = []
    allowed_hosts: list[HostName] = []
    pages: str = ""  # folder with the owner's own pages
    proxies: list[str] = []  # addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are trusted

    @field_validator("proxies")
    @classmethod
    def _addresses(cls, value: list[str]) -> list[str]:
        for proxy in value:
            try:
                ip_network(proxy, strict=False)
            except ValueError:
                raise ValueError(f'{proxy!r} is no address or network such as "127.0.0.1" or "10.0.0.0/8"') from None
        return value


class ApiSection(Section):
    """[api]: the OpenAI-compatible HTTP API, on the web page's port."""

    enabled: bool = True
    require_key: bool = False  # also for callers on this machine
    max_tokens: Count = 4096
    max_prompt_tokens: Count = 65536
    at_once: Size = 64
    kept_answers: Count = 10_000
    max_state_mb: Count = 64
    max_body_kb: Count = 1024
    cors_origins: list[Origin] = []


class ScenesSection(Section):
    """[scenes]: RWKV-Drama's interface, on the web page's port."""

    drama_api: Annotated[str, Field(max_length=MAX_CHANNEL_LENGTH)] = ""  # "": off


class DiscordSection(Section):
    """[discord]: the bot account, and where it responds."""

    enabled: bool = True
    token: SecretStr = NO_SECRET
    application_id: Annotated[int, Field(ge=0)] = 0
    admin_ids: list[Snowflake] = []
    guild_ids: list[Snowflake] = []
    talk_channels: list[Snowflake] = []
    wake_words: list[str] = []
    speaker_names: bool = True
    edit_interval_s: Annotated[float, Field(ge=0.2)] = 1.0
    catch_up_minutes: Size = 15
    max_attachment_kb: Size = 64
    file_after_chars: Count = 8000
    allow_users: list[Snowflake] = []
    allow_roles: list[Snowflake] = []
    allow_channels: list[Snowflake] = []
    allow_guilds: list[Snowflake] = []
    block_users: list[Snowflake] = []
    block_roles: list[Snowflake] = []
    block_channels: list[Snowflake] = []
    block_guilds: list[Snowflake] = []
    shard_ids: list[Size] = []
    shard_count: Size = 0
    claim_shards: bool = False
    api_base: HttpAddress = ""
    gateway_url: str = ""
    cdn_base: HttpAddress = ""

    @model_validator(mode="after")
    def _shards(self) -> Self:
        if self.claim_shards and (not self.shard_count or self.shard_ids):
            raise ValueError("claim_shards: set shard_count to the shards of the whole bot, and leave shard_ids empty")
        return self


class OneBotSection(Section):
    """[onebot]: QQ through a OneBot v11 bridge, and where the bot responds."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: Port = 8081
    token: SecretStr = NO_SECRET
    urls: list[WebSocketAddress] = []
    accounts: list[QqNumber] = []
    admin_ids: list[QqNumber] = []
    talk_groups: list[QqNumber] = []
    wake_words: list[str] = []
    speaker_names: bool = True
    quote: bool = True
    choices: bool = True
    thinking: bool = True
    poke: str = ""
    pieces: Annotated[int, Field(ge=1, le=3)] = 1
    forward_after_chars: Annotated[int, Field(ge=200, le=4000)] = 1500
    gap_s: Seconds = 1.0
    sends_per_minute: Count = 20
    catch_up_minutes: Size = 15
    allow_users: list[QqNumber] = []
    allow_groups: list[QqNumber] = []
    block_users: list[QqNumber] = []
    block_groups: list[QqNumber] = []


QqIntent = Literal["group_and_c2c", "interaction", "channel_mentions", "channel_direct"]


class QqSection(Section):
    """[qq]: QQ's official bot API, and where the bot responds. Ids are openids, which differ for each bot."""

    enabled: bool = True
    app_id: str = ""
    secret: SecretStr = NO_SECRET
    sandbox: bool = False
    mode: Literal["websocket", "webhook"] = "websocket"
    webhook_host: str = "127.0.0.1"
    webhook_port: Port = 8082
    intents: list[QqIntent] = ["group_and_c2c"]
    markdown: bool = True
    keyboards: bool = True
    choices: bool = True
    streaming: bool = True
    admin_ids: list[str] = []
    talk_groups: list[str] = []
    wake_words: list[str] = []
    speaker_names: bool = True
    catch_up_minutes: Size = 15
    allow_users: list[str] = []
    allow_groups: list[str] = []
    block_users: list[str] = []
    block_groups: list[str] = []
    api_base: HttpAddress = ""


class ConsoleSection(Section):
    """[console]: the prompt in the terminal."""

    enabled: bool = True
    channel: Annotated[str, Field(min_length=1, max_length=MAX_CHANNEL_LENGTH)] = "console"


class PluginsSection(Section):
    """[plugins]: third-party code to load, and its settings."""

    enabled: bool = True
    folder: str = "plugins"
    disabled: list[str] = []
    timeout_s: Annotated[float, Field(gt=0)] = 10.0
    settings: dict[str, dict[str, object]] = {}


class LogSection(Section):
    """[log]: level, format and file."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"
    file: str = ""


class MetricsSection(Section):
    """[metrics]: metrics for Prometheus."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: Port = 9464


class TracesSection(Section):
    """[traces]: where spans are exported."""

    endpoint: HttpAddress = ""


class Config(Section):
    """The whole of bot.toml, and where it was read from."""

    bot: BotSection = BotSection()
    model: ModelSection = ModelSection()
    engine: EngineSection = EngineSection()
    store: StoreSection = StoreSection()
    privacy: PrivacySection = PrivacySection()
    chat: ChatSection = ChatSection()
    limits: LimitsSection = LimitsSection()
    web: WebSection = WebSection()
    api: ApiSection = ApiSection()
    scenes: ScenesSection = ScenesSection()
    discord: DiscordSection = DiscordSection()
    onebot: OneBotSection = OneBotSection()
    qq: QqSection = QqSection()
    console: ConsoleSection = ConsoleSection()
    plugins: PluginsSection = PluginsSection()
    log: LogSection = LogSection()
    metrics: MetricsSection = MetricsSection()
    traces: TracesSection = TracesSection()
    source: Annotated[Path | None, Field(exclude=True)] = None  # the file it was read from; None: the bundled one
    base: Path = Field(exclude=True, default_factory=Path.cwd)  # the folder to which relative paths refer

    @property
    def data(self) -> Path:
        return self.base / Path(self.bot.data).expanduser()

    @property
    def shares_database(self) -> bool:
        """Whether other processes of this bot may use the database, so that rates must be counted there."""
        is_server = self.store.url.get_secret_value().startswith("postgres")
        return is_server or self.discord.claim_shards or bool(self.discord.shard_ids)


SECTIONS = tuple(name for name, field in Config.model_fields.items() if not field.exclude)
