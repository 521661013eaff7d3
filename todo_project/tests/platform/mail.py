"""A mail server that keeps what it is given: https://www.rfc-editor.org/rfc/rfc5321."""

import email
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message

from devstack.ports import LOOPBACK


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Session)
        self.received: list[Message] = []


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self._say("220 ready")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"QUIT":
                self._say("221 bye")
                return
            if word == b"DATA":
                self._say("354 go on")
                self._take()
            self._say("250 ok")

    def _take(self) -> None:
        lines = list(iter(self.rfile.readline, b".\r\n"))
        self.server.received.append(email.message_from_bytes(b"".join(lines)))

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Mailbox:
    """What has arrived so far."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self.url = f"smtp://{LOOPBACK}:{server.server_address[1]}"

    def to(self, address: str) -> list[str]:
        """The Message-IDs of the mails to this address."""
        return [str(mail["Message-ID"]) for mail in list(self._server.received) if address in str(mail["To"])]

    def texts(self, address: str) -> list[tuple[str, str]]:
        """Subject and text of the mails to this address."""
        mails = [mail for mail in list(self._server.received) if address in str(mail["To"])]
        return [(str(mail["Subject"]), _text_of(mail)) for mail in mails]


def _text_of(mail: Message) -> str:
    content = mail.get_payload(decode=True)
    return content.decode() if isinstance(content, bytes) else ""


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server for the block."""
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Mailbox(server)
        finally:
            server.shutdown()
            thread.join()
