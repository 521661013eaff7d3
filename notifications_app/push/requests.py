"""One push to one browser over HTTPS (RFC 8030), within a time, to an address that was checked."""

import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException, HTTPSConnection
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread, Timer
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from events_app.errors import describe_error
from notifications_app.channels.smtp import shut_down
from notifications_app.push.addresses import AddressForbidden, check_endpoint, resolve_host

MOST_RETRY_SECONDS: Final = 3600
_GONE: Final = frozenset({404, 410})
_LATER: Final = frozenset({408, 425, 429})
_DETAIL_CHARACTERS: Final = 200
MOST_LOOKUPS: Final = 8
_lookups: Final = BoundedSemaphore(MOST_LOOKUPS)


@dataclass(frozen=True)
class PushTaken:
    """The push service has the message."""


@dataclass(frozen=True)
class BrowserGone:
    """The service no longer knows the browser."""


@dataclass(frozen=True)
class PushLater:
    """It takes nothing now; `retry_seconds` is what it said, 0 if it said nothing."""

    detail: str
    retry_seconds: int = 0


@dataclass(frozen=True)
class PushNever:
    """It does not take this message, or may not be asked."""

    detail: str


PushAnswer = PushTaken | BrowserGone | PushLater | PushNever


def post_message(endpoint: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> PushAnswer:
    """Send one message and return what the service answered. No error is raised, no redirect followed."""
    until = monotonic() + seconds
    try:
        host, port = check_endpoint(endpoint)
        addresses = _resolve_in_time(host, port, until=until)
        status, retry_after = _exchange(
            _CheckedConnection(host, port, addresses[0], until=until), endpoint, body, headers
        )
    except AddressForbidden as error:
        return PushNever(str(error))
    except (OSError, HTTPException, ValueError, IndexError) as error:  # ssl.SSLError is an OSError
        return PushLater(describe_error(error, characters=_DETAIL_CHARACTERS))
    return _read(status, retry_after, service=host)


def _resolve_in_time(host: str, port: int, *, until: float) -> Sequence[str]:
    """Return the addresses of a host; raise TimeoutError when its name servers say nothing until then.

    The system's resolver has no limit of ours: it is asked in a thread, which is left behind. Eight may hang at once.
    """
    if not _lookups.acquire(blocking=False):
        raise TimeoutError(f"{MOST_LOOKUPS} names are being looked up already")
    found: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()
    try:
        Thread(target=_look_up, args=(host, port, found), name="resolve-push", daemon=True).start()
    except RuntimeError as error:  # the system gives no more threads
        _lookups.release()
        raise OSError(str(error)) from error
    try:
        answer = found.get(timeout=max(0.0, until - monotonic()))
    except Empty:
        raise TimeoutError("the name was not found in time") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _look_up(host: str, port: int, found: "SimpleQueue[Sequence[str] | Exception]") -> None:
    try:
        found.put(resolve_host(host, port))
    except Exception as error:  # it is raised where it is waited for
        found.put(error)
    finally:
        _lookups.release()


def _read(status: int, retry_after: str, *, service: str) -> PushAnswer:
    if 200 <= status < 300:
        return PushTaken()
    if status in _GONE:
        return BrowserGone()
    detail = f"{service} answered {status}"
    if status in _LATER or status >= 500:
        # Python refuses to read a number of thousands of digits.
        seconds = int(retry_after[:9]) if retry_after.isascii() and retry_after.isdigit() else 0
        return PushLater(detail, min(seconds, MOST_RETRY_SECONDS))
    return PushNever(detail)


class _CheckedConnection(HTTPSConnection):
    """A connection to one address, with the certificate of the host; all of it ends at `until`."""

    _timer: Timer | None = None
    _same: socket.socket | None = None

    def __init__(self, host: str, port: int, address: str, *, until: float) -> None:
        super().__init__(host, port, timeout=max(0.1, until - monotonic()), context=_tls_context())
        self._address, self._until = address, until

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), timeout=self.timeout)
        self._same = plain.dup()  # TLS takes the first one over
        # A timeout of sockets bounds each read, not a trickle.
        self._timer = Timer(max(0.0, self._until - monotonic()), shut_down, [self._same])
        self._timer.daemon = True
        self._timer.start()
        self.sock = _tls_context().wrap_socket(plain, server_hostname=self.host)

    def close(self) -> None:
        super().close()
        if self._timer is not None and self._same is not None:
            self._timer.cancel()
            self._same.close()


def _exchange(
    connection: _CheckedConnection, endpoint: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, str]:
    """Return the status and the text of Retry-After; what else is answered is not read."""
    parts = urlsplit(endpoint)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        connection.request("POST", path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Retry-After", "").strip()
    finally:
        connection.close()


@lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.PUSH_CA_FILE:
        context.load_verify_locations(settings.PUSH_CA_FILE)
    return context
