"""Dashboard and alert rules use metrics that exist."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.config.schema import MetricsSection
from bot.metrics import METRICS

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "monitoring"
DASHBOARD = json.loads((FOLDER / "grafana" / "roost-dashboard.json").read_text(encoding="utf-8"))
RULES = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
SERIES = {
    name if not metric.buckets else f"{name}_{end}"
    for name, metric in METRICS.items() for end in (("bucket", "sum", "count") if metric.buckets else ("",))
}  # fmt: skip


def asked() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    for group in RULES["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def test_every_name_exists_and_every_metric_is_looked_at() -> None:
    names = {name for expression in asked() for name in re.findall(r"roost_\w+", expression)}
    assert names <= SERIES
    unseen = {name for name in METRICS if not any(each.startswith(name) for each in names)}
    assert unseen <= {
        "roost_calls_total", "roost_turns_total", "roost_requests_deferred_total", "roost_e2e_request_latency_seconds",
        "roost_states_held_bytes", "roost_replica_retries_total", "roost_replica_misses_total",
    }  # fmt: skip


def test_the_dashboard_can_be_provisioned() -> None:
    assert DASHBOARD["id"] is None
    assert DASHBOARD["uid"] == "roost"
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in DASHBOARD["panels"]:
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}", "no server's own data source"
            place = panel["gridPos"]
            assert place["x"] + place["w"] <= 24
            assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_every_alert_says_what_to_do() -> None:
    for group in RULES["groups"]:
        for rule in group["rules"]:
            assert re.fullmatch(r"[A-Za-z]+", rule["alert"])
            assert rule["labels"]["severity"] in ("warning", "critical")
            assert rule["annotations"]["summary"]
            assert rule["annotations"]["description"]


def test_prometheus_looks_where_roost_listens() -> None:
    settings = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = settings["scrape_configs"]
    assert job["static_configs"][0]["targets"] == [f"{MetricsSection().host}:{MetricsSection().port}"]
    assert settings["rule_files"] == ["alerts.yml"]


def test_promtool_agrees() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    done = subprocess.run(
        [promtool, "check", "config", "prometheus.yml"], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
