"""Loopback ports. A service keeps its ports, so that its clients find it after a restart."""

from __future__ import annotations

import http.client
import random
import socket
from collections.abc import Mapping

LOOPBACK = "127.0.0.1"

# Below the kernel's range for outgoing connections: otherwise reconnecting clients could take the port of a
# stopped service.
FIRST, LAST = 20000, 29999


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def pick(count: int) -> list[int]:
    """Return `count` different free ports, chosen at random so that two stacks rarely choose the same."""
    candidates = random.SystemRandom().sample(range(FIRST, LAST + 1), 50 * count)
    free = [port for port in candidates if is_free(port)]
    if len(free) < count:
        raise OSError(f"fewer than {count} free ports between {FIRST} and {LAST}")
    return free[:count]


def http_succeeds(port: int, path: str) -> bool:
    """Whether `GET path` on `port` answers 2xx within a second."""
    return http_body(port, path) is not None


def http_body(port: int, path: str, headers: Mapping[str, str] | None = None) -> bytes | None:
    """Return the body of `GET path` on `port` when it answers 2xx within a second, else None."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=1)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.read() if 200 <= answer.status < 300 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
