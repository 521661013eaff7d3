"""The client's address and scheme of a request, from the headers of trusted proxies only."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from foundation.counters import count

FORWARDED_IGNORED = "forwarded_ignored"
"""Counts requests with the headers of a proxy (`_FORWARDED`) while none is trusted; see `doctor`."""
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED")
# Some proxies add the client's port: 192.0.2.1:4711, [2001:db8::1]:4711.
_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d{1,5})?|([\d.]+):\d{1,5}")


def client_address(request: HttpRequest) -> str:
    """Return the client's address; an IPv6 /64, such as a household, counts as one client.

    `settings.TRUSTED_PROXIES` is the number of our proxies that append to X-Forwarded-For: only the entries that they
    appended are trusted. Without proxies the header is ignored.
    """
    return address_in(request.META)


def address_in(meta: Mapping[str, Any]) -> str:
    """Return the same of a WSGI environment, which is `request.META`."""
    direct = meta.get("REMOTE_ADDR", "")
    hops = _hops(meta, "HTTP_X_FORWARDED_FOR")
    trusted = settings.TRUSTED_PROXIES
    if not trusted or not hops:
        return network_of(direct)
    return network_of(hops[-min(trusted, len(hops))])


def keep_trusted_scheme(request: HttpRequest) -> None:
    """Keep in X-Forwarded-Proto only the entry of the outermost of our proxies, if they append to it.

    Django reads the first entry of the list, which the client itself may have sent.
    """
    hops = _hops(request.META, "HTTP_X_FORWARDED_PROTO")
    if len(hops) > 1 and settings.TRUSTED_PROXIES:
        request.META["HTTP_X_FORWARDED_PROTO"] = hops[-min(settings.TRUSTED_PROXIES, len(hops))]


def _hops(meta: Mapping[str, Any], name: str) -> list[str]:
    """Return the entries of a header, one for each hop, nearest last."""
    return [hop.strip() for hop in meta.get(name, "").split(",") if hop.strip()]


def count_ignored_forwarding(request: HttpRequest) -> None:
    """Count a request with headers of a proxy although none is trusted: most likely a setting is missing."""
    if not settings.TRUSTED_PROXIES and any(name in request.META for name in _FORWARDED):
        count(FORWARDED_IGNORED)


def network_of(text: str) -> str:
    """Return the address or network that counts as one client: IPv4 address, IPv6 /64, or "unknown" for other text."""
    found = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address(found[1] or found[2] if found else text)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False))
