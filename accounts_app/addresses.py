"""Where a request comes from, as far as it can be believed."""

from ipaddress import IPv4Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the client's address; one IPv6 household (/64) counts as one client.

    `settings.TRUSTED_PROXIES` says how many proxies in front add to X-Forwarded-For: only what they added
    is believed. Without proxies the header is ignored.
    """
    direct = request.META.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    trusted = settings.TRUSTED_PROXIES
    if not trusted or not hops:
        return _normal(direct)
    return _normal(hops[-min(trusted, len(hops))])


def _normal(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False))
