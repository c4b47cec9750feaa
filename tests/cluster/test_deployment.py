"""Serve configuration files: the bundled ones are valid, and errors in others are reported."""

from pathlib import Path

import pytest
import yaml

pytest.importorskip("ray")

from ray.serve.schema import ServeDeploySchema

from bot.cluster import deployment
from bot.cluster.deployment import address_of, name_of, read_file
from bot.cluster.replica_settings import ClusterSettings, replica_host
from bot.config.file import load_config
from bot.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent.parent
BUNDLED = Path(deployment.__file__).with_name("serve.yaml")


def test_the_bundled_file_is_valid() -> None:
    file = read_file(BUNDLED, {"data": "/data"}, port=8123)
    assert (name_of(file), address_of(file)) == ("roost", "http://127.0.0.1:8123")
    assert file.applications[0].args == {"data": "/data"}


def test_what_the_file_says_wins(tmp_path: Path) -> None:
    path = tmp_path / "serve.yaml"
    path.write_text(BUNDLED.read_text(encoding="utf-8").replace("args: {}", "args: {data: /states}"), encoding="utf-8")
    assert read_file(path, {"data": "/data"}).applications[0].args == {"data": "/states"}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("args: {}", "args: {hots: x}", "hots"),
        ("num_cpus: 1", "num_cpus: many", "num_cpus"),
        ("bot.cluster.serve_application:build", "other:build", "import_path"),
        ("applications:", "applications: [", "not valid YAML"),
        ("min_replicas: 1", "min_replicas: 9", "autoscaling|replicas"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, old: str, new: str, reason: str) -> None:
    text = BUNDLED.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "serve.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=reason):
        read_file(path, {})
    with pytest.raises(ConfigError, match=r"nowhere\.yaml"):
        read_file(tmp_path / "nowhere.yaml", {})


def test_kuberay_gets_the_same_file() -> None:
    manifest = next(yaml.safe_load_all((ROOT / "examples/kuberay/rayservice.yaml").read_text(encoding="utf-8")))
    assert (manifest["kind"], manifest["apiVersion"]) == ("RayService", "ray.io/v1")
    theirs = yaml.safe_load(manifest["spec"]["serveConfigV2"])
    ours = yaml.safe_load(BUNDLED.read_text(encoding="utf-8"))
    assert theirs["applications"][0]["import_path"] == ours["applications"][0]["import_path"]
    assert [each["name"] for each in theirs["applications"][0]["deployments"]] == ["Engine"]
    assert manifest["spec"]["rayClusterConfig"]["authOptions"] == {"mode": "token"}, "anybody could run code"
    path = ROOT / "examples/kuberay/rayservice.yaml"
    ServeDeploySchema.model_validate(theirs)
    assert "ROOST_ENGINE_KEY" in path.read_text(encoding="utf-8")


def test_kuberay_engines_listen_to_bots_that_have_the_key() -> None:
    environment = {"ROOST_ENGINE_KEY": "k" * 32, "ROOST_DATABASE": "postgresql://roost:p@postgres/roost"}
    config = load_config(str(ROOT / "examples/kuberay/bot.toml"), environment=environment)
    key = config.engine.key.get_secret_value()
    assert key == environment["ROOST_ENGINE_KEY"]
    assert replica_host(ClusterSettings(), key, "10.0.0.5") == "10.0.0.5"
