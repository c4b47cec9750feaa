"""Ray on this machine or elsewhere: connects to a cluster, or starts one that ends with this process."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import ray

from bot.cluster.replica_settings import LOOPBACK
from bot.errors import UserError

log = logging.getLogger(__name__)

START_TRIES = 5
CONNECT_SECONDS = 10.0
OBJECT_STORE = 100 << 20  # bytes; only Serve's own small messages pass through it
NAMESPACE = "serve"


@contextmanager
def started(cores: int | None = None) -> Iterator[str]:
    """Start Ray with ``cores`` CPU cores (None: all of this machine's); yield its address. Raises UserError."""
    address = _start(cores)
    try:
        yield address
    finally:
        ray.shutdown()


def _start(cores: int | None) -> str:
    """Start Ray. Tries again, because on a busy machine Ray's processes may exceed its fixed limit of 30 s."""
    reason = ""
    for _ in range(START_TRIES):
        before = set(psutil.Process().children(recursive=True))
        try:
            context = ray.init(
                address="local", num_cpus=cores, include_dashboard=False, namespace=NAMESPACE,
                object_store_memory=OBJECT_STORE, _node_ip_address=LOOPBACK, log_to_driver=False,
                logging_level="error",
            )  # fmt: skip
            return str(context.address_info["gcs_address"])
        except Exception as error:  # Ray has no exception class for this
            reason = str(error)
            log.warning("Ray could not be started: %s", reason)
            ray.shutdown()
            _kill(set(psutil.Process().children(recursive=True)) - before)
    raise UserError("Ray could not be started on this machine: {reason}", reason=reason)


def _kill(left: set[psutil.Process]) -> None:
    """Kill the processes of a failed start, which Ray leaves running."""
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=60)


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Connect to the Ray cluster at ``address``, or ``auto``: the one on this machine. Raises UserError."""
    try:
        _check_reachable(address)
        ray.init(address=address, namespace=NAMESPACE, log_to_driver=False, logging_level="error")
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise UserError("No Ray cluster answers at {address}: {reason}", address=address, reason=error) from error
    try:
        yield
    finally:
        ray.shutdown()


def _check_reachable(address: str) -> None:
    """Raise OSError if nothing listens at ``address``. Ray itself would try for minutes."""
    host, _, number = address.removeprefix("ray://").rpartition(":")
    if host and number.isdecimal():
        socket.create_connection((host.strip("[]"), int(number)), CONNECT_SECONDS).close()
