"""Checks of the origin of handshakes: browsers send cookies with a WebSocket from any page, so the page matters."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils.http import is_same_domain

AsgiScope = dict[str, Any]
AsgiReceive = Callable[[], Awaitable[dict[str, Any]]]
AsgiSend = Callable[[dict[str, Any]], Awaitable[None]]
AsgiApplication = Callable[[AsgiScope, AsgiReceive, AsgiSend], Awaitable[None]]

DEFAULT_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443"}


@dataclass(frozen=True)
class Handshake:
    """The headers of a handshake that identify its source."""

    host: str
    origin: str | None
    session_key: str | None


def read_handshake(headers: Iterable[tuple[bytes, bytes]]) -> Handshake:
    """Return the relevant headers; of a repeated header, the last value counts."""
    values = {name: value.decode("latin1") for name, value in headers}
    cookies = parse_cookie(values.get(b"cookie", ""))
    return Handshake(
        host=values.get(b"host", ""),
        origin=values.get(b"origin"),
        session_key=cookies.get(settings.SESSION_COOKIE_NAME),
    )


def is_handshake_allowed(handshake: Handshake) -> bool:
    """Return whether the host is ours and the page, if there is one, is ours too.

    A client without an Origin is no browser, and must not send a session cookie.
    """
    domain, _ = split_domain_port(handshake.host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    if handshake.origin is None:
        return handshake.session_key is None
    return is_our_page(handshake.origin, handshake.host)


def is_our_page(origin: str, host: str) -> bool:
    """Return whether the page is from the host that it connects to, or from an origin of CSRF_TRUSTED_ORIGINS.

    The scheme is not compared, since the ingress may terminate TLS.
    """
    try:
        page = urlsplit(origin)
        own = urlsplit(f"{page.scheme}://{host}")
        is_same_host = page.hostname is not None and _host_and_port(page) == _host_and_port(own)
    except ValueError:
        return False
    return is_same_host or any(_is_trusted(page, trusted) for trusted in settings.CSRF_TRUSTED_ORIGINS)


def _host_and_port(url: SplitResult) -> tuple[str | None, str | None]:
    return url.hostname, str(url.port) if url.port else DEFAULT_PORTS.get(url.scheme)


def _is_trusted(page: SplitResult, trusted: str) -> bool:
    scheme, _, netloc = trusted.partition("://")
    if page.scheme != scheme:
        return False
    if netloc.startswith("*"):
        return is_same_domain(page.netloc, netloc.lstrip("*"))
    return page.netloc == netloc


class OriginGate:
    """ASGI middleware that answers 403 to handshakes that are not allowed, and passes on the others."""

    def __init__(self, application: AsgiApplication) -> None:
        self._application = application

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        """Pass an allowed connection on, with its Handshake as `scope["handshake"]`."""
        handshake = read_handshake(scope["headers"])
        if is_handshake_allowed(handshake):
            await self._application({**scope, "handshake": handshake}, receive, send)
        else:
            await refuse(scope, receive, send)


async def refuse(scope: Mapping[str, Any], receive: AsgiReceive, send: AsgiSend) -> None:
    """Answer 403 to a handshake; an ASGI application."""
    await receive()
    await send({"type": "websocket.close"})
