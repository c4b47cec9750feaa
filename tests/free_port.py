"""A port for a program that is started later."""

import random
import socket

LOWEST, HIGHEST = 20_000, 30_000  # below those that the system gives to other programs meanwhile


def free_port() -> int:
    while True:
        port = random.SystemRandom().randint(LOWEST, HIGHEST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
