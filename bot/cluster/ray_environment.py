"""Environment variables that Ray reads when it is imported, here and in the processes that it starts.

The most important is the token for Ray's own ports: without it, anyone who can reach them could run code as this user.
"""

import os
import secrets
from pathlib import Path

MODE, TOKEN_PATH = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN_PATH"
PATIENT = {  # on a busy machine Ray's processes take longer to start than it expects
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_agent_register_timeout_ms": "300000",
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "120",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "60",
}


def token_file(data: Path) -> Path:
    """Return the token file of the cluster that was started with this data folder."""
    return data / "ray-token"


def prepare_new(data: Path) -> None:
    """Create a token for the cluster that is about to be started; variables that are already set take precedence."""
    for name, value in PATIENT.items():
        os.environ.setdefault(name, value)
    if MODE in os.environ:
        return
    path = token_file(data)
    data.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600), encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    prepare(data)


def prepare(data: Path) -> None:
    """Use the token of the cluster started with this data folder, if there is one."""
    path = token_file(data)
    if MODE not in os.environ and path.is_file():
        os.environ[MODE] = "token"
        os.environ[TOKEN_PATH] = str(path.resolve())
