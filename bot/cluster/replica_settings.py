"""The ``args`` of the Serve configuration file, and the configuration of a replica that follows from them."""

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.config.file import load_config
from bot.config.schema import Config
from bot.errors import ConfigError
from bot.platforms.web.guard import is_loopback

LOOPBACK = "127.0.0.1"
NEEDS_KEY = "{host} is open to others: set a key for the engines, e.g. ROOST_ENGINE_KEY=... on every machine."


class ClusterSettings(BaseModel):
    """The arguments of every replica. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    config: str | None = None  # path of bot.toml on each machine; None: $ROOST_CONFIG, then ./bot.toml
    data: str | None = None  # folder for states, on each machine; None: [bot] data
    host: str = ""  # the address to listen on; "": that of the machine if there is a key, else 127.0.0.1


def read_settings(given: object) -> ClusterSettings:
    """Validate ``args``. Raises ConfigError that names the key."""
    try:
        return ClusterSettings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError("args.{key}: {reason}", key=".".join(map(str, first["loc"])), reason=first["msg"]) from None


def replica_config(settings: ClusterSettings, cores: int) -> Config:
    """Load the configuration of a replica that may use ``cores`` CPU cores. Raises ConfigError."""
    config = load_config(settings.config, data=settings.data)
    if config.engine.threads or not cores:
        return config
    return config.model_copy(update={"engine": config.engine.model_copy(update={"threads": cores})})


def replica_host(settings: ClusterSettings, key: str, machine: str) -> str:
    """Return the address to listen on, on a machine with the address ``machine``. Raises ConfigError without a key."""
    host = settings.host or (machine if key else LOOPBACK)
    if not key and not is_loopback(host):
        raise ConfigError(NEEDS_KEY, host=host)
    return host
