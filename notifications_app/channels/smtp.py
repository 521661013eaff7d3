"""Django's SMTP backend, with connections that end when the time of an attempt is over.

smtplib has a timeout for each read only: a server that sends one character every few seconds would keep its thread.
"""

import smtplib
import socket
from contextlib import suppress
from threading import Event, Timer
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

from notifications_app.channels import attempt


class TimeIsUp(smtplib.SMTPServerDisconnected):
    """The connection was shut down because the time of its attempt was over."""


class BoundedSMTP(smtplib.SMTP):
    """An SMTP connection that is shut down after SEND_SECONDS."""

    _is_over: Event | None = None
    _timer: Timer | None = None
    _same: socket.socket | None = None

    def _get_socket(self, host: str, port: int, timeout: float | None) -> socket.socket:
        connection: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        # A duplicate of the socket: STARTTLS replaces the first one.
        self._same = connection.dup()
        self._is_over = Event()
        self._timer = Timer(attempt.SEND_SECONDS, _end, [self._same, self._is_over])
        self._timer.daemon = True
        self._timer.start()
        return connection

    def getreply(self) -> tuple[int, bytes]:
        """Return the server's reply; raise TimeIsUp if the time is over: what was read of it may be a part only."""
        try:
            reply = super().getreply()
        except smtplib.SMTPException as error:
            self._check_time(error)
            raise
        self._check_time()
        return reply

    def _check_time(self, cause: Exception | None = None) -> None:
        if self._is_over is not None and self._is_over.is_set():
            self.close()
            raise TimeIsUp("the time of the attempt is over") from cause

    def close(self) -> None:
        """Close the connection and cancel the timer."""
        super().close()
        if self._timer is not None and self._same is not None:
            self._timer.cancel()
            self._same.close()


class BoundedSMTPOverTLS(smtplib.SMTP_SSL, BoundedSMTP):
    """The same over TLS from the first byte; it wraps the socket of BoundedSMTP."""


class Backend(EmailBackend):
    """The backend in `settings.EMAIL_BACKEND` when a mail server is configured."""

    @property
    def connection_class(self) -> Any:
        """Return the class of connections to the server."""
        return BoundedSMTPOverTLS if self.use_ssl else BoundedSMTP


def _end(connection: socket.socket, is_over: Event) -> None:
    is_over.set()
    shut_down(connection)


def shut_down(connection: socket.socket) -> None:
    """Shut a connection down: threads that read from it get its end."""
    with connection, suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
