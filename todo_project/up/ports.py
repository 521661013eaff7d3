"""Which port to listen on."""

import errno
import socket

from todo_project.up.errors import AddressRefused, NoFreePort, PortTaken

DEFAULT_PORT = 8000
PORTS_TRIED = 100


def choose_port(host: str, wanted: int | None) -> int:
    """Return `wanted`, or without one the first free port from 8000 on.

    Raises PortTaken when `wanted` is in use, NoFreePort, or AddressRefused when this machine cannot listen on `host`.
    """
    if wanted is not None:
        if not is_address_free(host, wanted):
            raise PortTaken(
                f"TODO_PORT={wanted} is taken on {host}; set another, or unset it for the next free one."
            )
        return wanted
    for port in range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED):
        if is_address_free(host, port):
            return port
    last = DEFAULT_PORT + PORTS_TRIED - 1
    raise NoFreePort(
        f"The ports {DEFAULT_PORT} to {last} are all taken on {host}; set TODO_PORT to a free one."
    )


def is_address_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. Raises AddressRefused when this machine cannot listen on `host`."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise AddressRefused(f"Listening on {host} port {port} is not possible: {error.strerror}.") from None
    return True
