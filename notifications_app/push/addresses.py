"""Which addresses a push may go to: strangers name them, and they must not lead to machines of ours."""

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

MAX_ENDPOINT: Final = 2000
HTTPS_PORT: Final = 443
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# Without ASCII the sign of Kelvin is a k.
_ENDPOINT: Final = re.compile(
    rf"https://{_LABEL}(?:\.{_LABEL})*\.?(?::[0-9]{{1,5}})?/[!-~]*", re.IGNORECASE | re.ASCII
)
# RFC 6052: an IPv4 address in the last four bytes.
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
_LOCAL_ENDINGS: Final = (".local", ".localhost", ".internal", ".home.arpa", ".lan")

Address = IPv4Address | IPv6Address


class AddressForbidden(ValueError):
    """An endpoint that leads, or may lead, to a machine that is not on the internet. The text says why."""


def check_endpoint(endpoint: str) -> tuple[str, int]:
    """Return host and port of an endpoint that may be stored; raise AddressForbidden. No name is looked up.

    It is https with nothing before the host. A host of `TODO_PUSH_TRUSTED_HOSTS` may have any name and port; all others
    are names on the internet, or addresses there, with the port 443.
    """
    if len(endpoint) > MAX_ENDPOINT or not _ENDPOINT.fullmatch(endpoint) or "#" in endpoint:
        raise AddressForbidden("An endpoint is an address that begins with https://, as browsers give it.")
    parts = urlsplit(endpoint)
    host, port = (parts.hostname or "").rstrip("."), _port(parts.netloc)
    if is_trusted(host):
        return host, port
    if port != HTTPS_PORT:
        raise AddressForbidden("Push services listen at port 443.")
    literal = _literal(host)
    if literal is not None and not is_public(literal):
        raise AddressForbidden("This address is not on the internet.")
    # Browsers and resolvers read 127.1, 0x7f.1 and 2130706433 as addresses, too: a name does not end with a number.
    if literal is None and ("." not in host or host.endswith(_LOCAL_ENDINGS) or not host[-1:].isalpha()):
        raise AddressForbidden("This name is not one of the internet.")
    return host, port


def resolve_host(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host to which a push may go; raise AddressForbidden if one of them is not public.

    Connect to these, not to the name: it could lead elsewhere the next time. Raises OSError for an unknown name.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not is_trusted(host) and not all(is_public(ip_address(each.partition("%")[0])) for each in addresses):
        raise AddressForbidden("The name leads to an address that is not on the internet.")
    return addresses


def is_trusted(host: str) -> bool:
    """Return whether operators have named this host: it may be at a private address and at any port."""
    return host in settings.PUSH_TRUSTED_HOSTS


def is_public(address: Address) -> bool:
    """Return whether an address is on the internet, also when it is an IPv4 address inside one of IPv6."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or _translated(address) or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _translated(address: IPv6Address) -> IPv4Address | None:
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _TRANSLATED else None


def _port(netloc: str) -> int:
    port = int(netloc.rpartition(":")[2]) if ":" in netloc else HTTPS_PORT
    if not 0 < port <= 65535:
        raise AddressForbidden("There is no such port.")
    return port


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
