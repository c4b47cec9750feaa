"""The Ray Serve application: a directory, which Serve's proxies reach, and replicas of the engine.

Deployment options (number of replicas, cores, GPUs, autoscaling) are those of the Serve configuration file.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ray
from ray import serve

from bot.cluster.directory import Directory
from bot.cluster.engine_replica import EngineReplica
from bot.cluster.replica_settings import ClusterSettings, read_settings, replica_config, replica_host

if TYPE_CHECKING:
    from ray.serve import Application
    from ray.serve.handle import DeploymentHandle
    from starlette.requests import Request
    from starlette.responses import Response

DIRECTORY, ENGINE = "Directory", "Engine"


class DirectoryActor:
    """The directory, as Serve's ingress."""

    def __init__(self, settings: ClusterSettings, engines: "DeploymentHandle") -> None:
        """``engines`` is a parameter only so that Serve deploys it too; bots reach engines at their own addresses."""
        self._directory = Directory(replica_config(settings, 0).engine.key.get_secret_value())

    async def __call__(self, request: "Request") -> "Response":
        return await self._directory(request)

    async def announce(self, given: Mapping[str, object]) -> None:
        await self._directory.announce(given)

    async def leave(self, name: str) -> None:
        await self._directory.leave(name)

    async def listed(self) -> list[dict[str, object]]:
        return await self._directory.listed()


class EngineActor:
    """One engine. Serve calls these methods; their names are Serve's."""

    async def __init__(self, settings: ClusterSettings) -> None:  # type: ignore[misc]  # Serve awaits it
        config = replica_config(settings, int(ray.get_runtime_context().get_assigned_resources().get("CPU", 0)))
        key = config.engine.key.get_secret_value()
        host = replica_host(settings, key, ray.util.get_node_ip_address())
        directory = serve.get_deployment_handle(DIRECTORY, serve.get_replica_context().app_name)

        async def announce(given: dict[str, object]) -> None:
            await directory.announce.remote(given)

        async def leave(name: str) -> None:
            await directory.leave.remote(name)

        self._replica = EngineReplica(config, host, key, announce, leave)
        await self._replica.start()

    async def __del__(self) -> None:  # Serve awaits it before it ends the process
        await self._replica.close()

    def check_health(self) -> None:
        self._replica.check()

    def record_autoscaling_stats(self) -> dict[str, float]:
        return self._replica.load()


DirectoryDeployment = serve.deployment(
    DirectoryActor, name=DIRECTORY, num_replicas=1, ray_actor_options={"num_cpus": 0}, max_ongoing_requests=1000
)
EngineDeployment = serve.deployment(EngineActor, name=ENGINE)


def build(args: dict[str, object]) -> "Application":
    """Build the application from the file's ``args``. Serve calls it by its import path."""
    settings = read_settings(args)
    return DirectoryDeployment.bind(settings, EngineDeployment.bind(settings))
