"""Which handshakes are let in: browsers send cookies with a WebSocket from any page, so the page is checked."""

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
    """What a handshake says of where it comes from."""

    host: str
    origin: str | None
    session_key: str | None


def read_handshake(headers: Iterable[tuple[bytes, bytes]]) -> Handshake:
    """Read the headers that matter; a header sent twice counts as its last."""
    values = {name: value.decode("latin1") for name, value in headers}
    cookies = parse_cookie(values.get(b"cookie", ""))
    return Handshake(
        host=values.get(b"host", ""),
        origin=values.get(b"origin"),
        session_key=cookies.get(settings.SESSION_COOKIE_NAME),
    )


def is_handshake_allowed(handshake: Handshake) -> bool:
    """Whether the host is ours and the page, if there is one, is too.

    Without an Origin it is no browser, and then a session cookie has no business there.
    """
    domain, _ = split_domain_port(handshake.host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    if handshake.origin is None:
        return handshake.session_key is None
    return is_our_page(handshake.origin, handshake.host)


def is_our_page(origin: str, host: str) -> bool:
    """Whether the page came from the host it now connects to, or from an origin of CSRF_TRUSTED_ORIGINS.

    The scheme is not compared: the ingress ends TLS.
    """
    try:
        page = urlsplit(origin)
        own = urlsplit(f"{page.scheme}://{host}")
        is_same_host = page.hostname is not None and _place(page) == _place(own)
    except ValueError:
        return False
    return is_same_host or any(_is_trusted(page, trusted) for trusted in settings.CSRF_TRUSTED_ORIGINS)


def _place(url: SplitResult) -> tuple[str | None, str | None]:
    return url.hostname, str(url.port) if url.port else DEFAULT_PORTS.get(url.scheme)


def _is_trusted(page: SplitResult, trusted: str) -> bool:
    scheme, _, netloc = trusted.partition("://")
    if page.scheme != scheme:
        return False
    if netloc.startswith("*"):
        return is_same_domain(page.netloc, netloc.lstrip("*"))
    return page.netloc == netloc


class OriginGate:
    """ASGI middleware: answers 403 before the handshake is accepted, or passes on."""

    def __init__(self, application: AsgiApplication) -> None:
        self._application = application

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        """Let the connection through with what its handshake says as `scope["handshake"]`."""
        handshake = read_handshake(scope["headers"])
        if is_handshake_allowed(handshake):
            await self._application({**scope, "handshake": handshake}, receive, send)
        else:
            await refuse(scope, receive, send)


async def refuse(scope: Mapping[str, Any], receive: AsgiReceive, send: AsgiSend) -> None:
    """Answer 403 to a handshake."""
    await receive()
    await send({"type": "websocket.close"})
