"""Django's SMTP backend, whose connections end with the time of an attempt.

smtplib has a timeout for each answer only: a server that sends one character every few seconds would keep its thread.
"""

import smtplib
import socket
from contextlib import suppress
from threading import Timer
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

from notifications_app.channels import attempt


class BoundedSMTP(smtplib.SMTP):
    """Shuts its connection down once an attempt's time is over, whatever it waits for then."""

    _timer: Timer | None = None
    _same: socket.socket | None = None

    def _get_socket(self, host: str, port: int, timeout: float | None) -> socket.socket:
        connection: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        # Another socket of the same connection, for TLS takes the place of the first.
        self._same = connection.dup()
        self._timer = Timer(attempt.SEND_SECONDS, shut_down, [self._same])
        self._timer.daemon = True
        self._timer.start()
        return connection

    def close(self) -> None:
        """Close the connection; what would shut it down has nothing left to do."""
        super().close()
        if self._timer is not None and self._same is not None:
            self._timer.cancel()
            self._same.close()


class BoundedSMTPOverTLS(smtplib.SMTP_SSL, BoundedSMTP):
    """The same, over TLS from the first byte: its own socket is made of the one that is bounded."""


class Backend(EmailBackend):
    """What `settings.EMAIL_BACKEND` names where there is a mail server."""

    @property
    def connection_class(self) -> Any:
        """Return the class of connections to the server."""
        return BoundedSMTPOverTLS if self.use_ssl else BoundedSMTP


def shut_down(connection: socket.socket) -> None:
    """Let whoever waits for this connection read its end."""
    with connection, suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
