"""Container and service files: what they reference exists, and they grant no more than needed."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.config.file import load_config
from bot.config.schema import MetricsSection, WebSection

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "examples" / "docker"
UNIT = ROOT / "examples" / "systemd" / "roost.service"
DOCKERFILE = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))


def instructions(kind: str) -> list[str]:
    joined = re.sub(r"\\\n", " ", DOCKERFILE)
    return [line.split(None, 1)[1] for line in joined.splitlines() if line.startswith(f"{kind} ")]


def copied() -> list[str]:
    sources = [shlex.split(line)[:-1] for line in instructions("COPY") if not line.startswith("--from")]
    return [source for line in sources for source in line]


def test_what_is_copied_exists_and_is_sent_to_docker() -> None:
    allowed = [
        line[1:] for line in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    assert copied()
    for source in copied():
        assert (ROOT / source).exists(), source
        assert source in allowed, source
    for name in allowed:
        assert (ROOT / name).exists(), name
    packed = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("force-include]")[2].partition("[tool")[0]
    for name in re.findall(r'^"([^"]+)" =', packed, re.MULTILINE):
        assert name in copied(), f"the package is not built without {name}"


def test_the_image_runs_as_nobody_in_particular_and_is_looked_after() -> None:
    (user,) = instructions("USER")
    assert user == "10001:10001"
    (health,) = instructions("HEALTHCHECK")
    assert f":{WebSection().port}/readyz" in health
    (ports,) = instructions("EXPOSE")
    assert ports.split() == [str(WebSection().port), str(MetricsSection().port)]
    assert instructions("ENTRYPOINT") == ['["roost"]']
    extras = re.findall(r"EXTRAS[=:] ?([\w,]+)", DOCKERFILE + (DOCKER / "compose.yaml").read_text(encoding="utf-8"))
    known = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert extras
    assert all(f"\n{extra} = [" in known for each in extras for extra in each.split(","))


def test_the_images_configuration_is_understood() -> None:
    environment = {"ROOST_WEB_TOKEN": "t", "ROOST_DATABASE": "postgresql://u@h/d"}
    config = load_config(str(DOCKER / "bot.toml"), environment=environment)
    assert config.web.token.get_secret_value() == "t"
    assert config.store.url.get_secret_value() == "postgresql://u@h/d"
    assert config.log.format == "json"


@pytest.mark.parametrize("name", ["roost", "roost-cuda"])
def test_the_services_are_shut_in(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"]), "nobody else reaches it unasked"
    build = service["build"]
    assert (DOCKER / build["context"] / build["dockerfile"]).resolve() == DOCKER / "Dockerfile"
    assert {volume.partition(":")[0] for volume in service["volumes"]} <= COMPOSE["volumes"].keys()
    assert service["depends_on"]["database"]["condition"] == "service_healthy"
    assert "healthcheck" in COMPOSE["services"]["database"]
    kept = {volume.partition(":")[2] for volume in service["volumes"]}
    assert kept == set(re.findall(r'"(/\w+)"', instructions("VOLUME")[0]))


def test_no_secret_has_a_default() -> None:
    text = (DOCKER / "compose.yaml").read_text(encoding="utf-8")
    for name in ("ROOST_WEB_TOKEN", "POSTGRES_PASSWORD"):
        assert set(re.findall(rf"\$\{{{name}(.)", text)) == {":"}
        assert f"${{{name}:-" not in text


def test_systemd_agrees_and_finds_it_shut_in(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8")
    assert "\nMemoryDenyWriteExecute" not in text, "numba and Triton write code"
    command = re.search(r"^ExecStart=(.*)$", text, re.MULTILINE)
    assert command
    assert command[1].split()[1:] == ["--config", "/etc/roost/bot.toml", "run"]
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / "roost.service"
    unit.write_text(text.replace("/opt/roost/bin/roost", "/bin/true"), encoding="utf-8")
    looked = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (looked.returncode, looked.stderr) == (0, "")
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert rated.returncode == 0, rated.stdout
