"""One request of Kafka's wire protocol, which shows whether a broker has joined its cluster."""

from __future__ import annotations

import socket
import struct

from devstack.ports import LOOPBACK

METADATA, VERSION, CORRELATION = 3, 1, 7
NO_TOPICS = 0


def brokers_known(port: int) -> int:
    """Return how many available brokers the broker at `port` knows; 0 while it starts or when it is down.

    Metadata request and response, version 1 (Kafka protocol guide, "Metadata API").
    """
    client = b"devstack"
    header = struct.pack(">hhih", METADATA, VERSION, CORRELATION, len(client)) + client
    request = header + struct.pack(">i", NO_TOPICS)
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = connection.makefile("rb").read(12)
    except OSError:
        return 0
    if len(answer) < 12:
        return 0
    _, correlation, brokers = struct.unpack(">iii", answer)
    return int(brokers) if correlation == CORRELATION else 0
