"""Notifies systemd of the program's state, if started with Type=notify."""

import logging
import os
import socket

log = logging.getLogger(__name__)

READY, STOPPING = "READY=1", "STOPPING=1"


def tell_service_manager(state: str) -> None:
    """Send ``state`` to the socket in ``NOTIFY_SOCKET``, if set. Never raises."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(state.encode(), address)
    except OSError as error:
        log.warning("systemd could not be told that %s: %s", state, error)
