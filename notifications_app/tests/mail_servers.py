"""Mail servers with faults, on real sockets: https://www.rfc-editor.org/rfc/rfc5321."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

HOST = "127.0.0.1"
GOOD: Mapping[str, str] = {
    "GREETING": "220 ready",
    "EHLO": "250 ok",
    "HELO": "250 ok",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    ".": "250 taken",
    "RSET": "250 ok",
    "QUIT": "221 bye",
}
SILENCE = ""
TRICKLE_SECONDS = 0.05


class MailServer:
    """Answers each command as `answers` says; with SILENCE not at all."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = {**GOOD, **answers}
        self._listener = socket.create_server((HOST, 0))
        self._accepted: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.url = f"smtp://{HOST}:{self.port}"
        self.is_called = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Hang up on everybody."""
        with suppress(OSError):  # wakes the thread that waits in accept
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._accepted:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._accepted.append(connection)
                threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection.makefile("rb") as lines:
            self._answer(connection, "GREETING")
            self.is_called.set()
            is_mail = False
            for line in lines:
                if is_mail and line != b".\r\n":
                    continue
                verb = "." if is_mail else line.split()[0].decode().upper()
                self._answer(connection, verb)
                is_mail = verb == "DATA" and self._answers["DATA"].startswith("354")

    def _answer(self, connection: socket.socket, verb: str) -> None:
        if text := self._answers.get(verb, "502 what?"):
            connection.sendall(f"{text}\r\n".encode())


@contextmanager
def mail_server(**answers: str) -> Iterator[MailServer]:
    """A server for the block; `DOT` is the answer to a whole mail."""
    server = MailServer({"." if name == "DOT" else name: text for name, text in answers.items()})
    try:
        yield server
    finally:
        server.close()


@contextmanager
def trickling_server() -> Iterator[int]:
    """A port where a greeting begins and never ends, one character after the other."""
    stop = threading.Event()
    with socket.create_server((HOST, 0)) as listener:

        def trickle() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    while not stop.wait(TRICKLE_SECONDS):
                        connection.sendall(b"2")

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        stop.set()
        thread.join()
