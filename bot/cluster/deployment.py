"""Deploys the application of a Serve configuration file, watches it, and takes it down."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError
from ray import serve
from ray.exceptions import RayError
from ray.serve.config import AutoscalingConfig
from ray.serve.context import _get_global_client
from ray.serve.schema import ServeDeploySchema

from bot.cluster.replica_settings import read_settings
from bot.cluster.serve_application import DIRECTORY
from bot.errors import ConfigError, UserError

log = logging.getLogger(__name__)

START_TRIES = 5
IMPORT_PATH = "bot.cluster.serve_application:build"
POLL_SECONDS = 0.5
FAILED = ("DEPLOY_FAILED", "UNHEALTHY", "NOT_STARTED")


def read_file(path: Path, overrides: Mapping[str, str], *, port: int | None = None) -> ServeDeploySchema:
    """Read a Serve configuration file; ``overrides`` are ``args`` that the file leaves out. Raises ConfigError."""
    try:
        parsed = ServeDeploySchema.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        for application in parsed.applications:
            for each in application.deployments:
                if isinstance(each.autoscaling_config, dict):  # Serve itself validates it only while deploying
                    AutoscalingConfig.model_validate(each.autoscaling_config)
    except OSError as error:
        raise ConfigError("{path}: {reason}", path=path, reason=error.strerror) from None
    except yaml.YAMLError as error:
        raise ConfigError("{path} is not valid YAML: {reason}", path=path, reason=error) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigError("{path}: {place}: {reason}", path=path, place=place, reason=first["msg"]) from None
    own = [each for each in parsed.applications if each.import_path == IMPORT_PATH]
    if len(own) != 1:
        raise ConfigError("{path}: exactly one application needs import_path: {wanted}", path=path, wanted=IMPORT_PATH)
    own[0].args = dict(overrides) | dict(own[0].args)
    read_settings(own[0].args)
    if port is not None:
        parsed.http_options.port = port
    return parsed


def name_of(file: ServeDeploySchema) -> str:
    """Return the name of the application that runs the engines."""
    return str(next(each.name for each in file.applications if each.import_path == IMPORT_PATH))


def address_of(file: ServeDeploySchema) -> str:
    """Return the value of ``[engine] cluster`` for bots on this machine."""
    prefix = next(each.route_prefix or "" for each in file.applications if each.import_path == IMPORT_PATH)
    return f"http://127.0.0.1:{file.http_options.port}{prefix.rstrip('/')}"


def deploy(file: ServeDeploySchema) -> None:
    """Pass the file to Serve, which from then on maintains the cluster accordingly. Raises UserError."""
    reason = ""
    for _ in range(START_TRIES):
        try:
            options = file.http_options.model_dump(exclude_unset=True)
            serve.start(proxy_location=file.proxy_location, http_options=options)
            break
        except RayError as error:  # on a busy machine a proxy may be replaced while Serve waits for it
            reason = str(error).splitlines()[0]
            log.warning("Ray Serve could not be started: %s", reason)
    else:
        raise UserError("Ray Serve could not be started: {reason}", reason=reason)
    _get_global_client().deploy_apps(file)


def wait_until_running(name: str, seconds: float) -> None:
    """Wait until the application runs and an engine has announced itself. Raises UserError with Serve's reason."""
    end = time.monotonic() + seconds
    while True:
        found = serve.status().applications.get(name)
        if found is not None and found.status in FAILED:
            raise UserError("The cluster could not be started. {reason}", reason=found.message or found.status)
        if found is not None and found.status == "RUNNING" and listed(name):
            return
        if time.monotonic() > end:
            reason = found.message or found.status if found is not None else "Serve does not know it"
            raise UserError("The cluster does not run after {seconds} s: {reason}", seconds=seconds, reason=reason)
        time.sleep(POLL_SECONDS)


def runs(name: str) -> bool:
    """Whether Serve has the application."""
    return name in serve.status().applications


def listed(name: str) -> list[dict[str, object]]:
    """Return what the engines have announced."""
    handle = serve.get_deployment_handle(DIRECTORY, name)
    found: list[dict[str, object]] = handle.listed.remote().result(timeout_s=30)
    return found


def condition(name: str) -> tuple[str, str]:
    """Return Serve's status of the application and its message. Raises UserError if there is no such application."""
    found = serve.status().applications.get(name)
    if found is None:
        raise UserError('There is no application "{name}" in this cluster: roost cluster up', name=name)
    return str(getattr(found.status, "value", found.status)), found.message


def take_down(name: str, seconds: float) -> None:
    """Drain all replicas and remove the application. Raises UserError if that takes longer than ``seconds``."""
    serve.delete(name, _blocking=False)
    end = time.monotonic() + seconds
    while runs(name):
        if time.monotonic() > end:
            raise UserError("The cluster has not ended after {seconds} s.", seconds=seconds)
        time.sleep(POLL_SECONDS)
