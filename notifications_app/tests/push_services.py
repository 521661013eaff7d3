"""A push service on a real socket with TLS, and a browser that reads its messages: RFC 8030, 8188, 8291 and 8292.

Decryption and verification are written here, apart from what they test.
"""

import hmac
import json
import ssl
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import urandom
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

HOST = "localhost"
TRICKLE_SECONDS = 0.05
VAPID_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"  # RFC 8291, section 5: the application server's


def in_base64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Browser:
    """The keys that a browser has for one subscription."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: urandom(16))

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def keys(self) -> dict[str, str]:
        return {"p256dh": in_base64(self.point), "auth": in_base64(self.secret)}

    def decrypt(self, body: bytes) -> bytes:
        """RFC 8291, section 3.4, by HMAC alone."""
        salt, id_length = body[:16], body[20]
        sender = body[21 : 21 + id_length]
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.key.exchange(ec.ECDH(), theirs)
        pre_key = hmac.digest(self.secret, shared, "sha256")
        secret = hmac.digest(pre_key, b"WebPush: info\x00" + self.point + sender + b"\x01", "sha256")
        inner = hmac.digest(salt, secret, "sha256")
        key = hmac.digest(inner, b"Content-Encoding: aes128gcm\x00\x01", "sha256")[:16]
        nonce = hmac.digest(inner, b"Content-Encoding: nonce\x00\x01", "sha256")[:12]
        text = AESGCM(key).decrypt(nonce, body[21 + id_length :], None)
        return text.rstrip(b"\x00").removesuffix(b"\x02")


@dataclass(frozen=True)
class Push:
    """What the service was sent."""

    path: str
    headers: dict[str, str]
    body: bytes

    def read_by(self, browser: Browser) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(browser.decrypt(self.body))
        return found

    def claims(self, audience: str) -> dict[str, Any]:
        """Verify the VAPID token with the key that is sent along, and return its claims."""
        scheme, _, rest = self.headers["authorization"].partition(" ")
        assert scheme == "vapid"
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64(parts["k"]))
        found: dict[str, Any] = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=audience)
        return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that trusts no foreign certificate hangs up: that is what a test is about."""


class PushService:
    """Answers each push with the status of its path in `statuses`, else 201; a status of 0 trickles for ever."""

    def __init__(self, folder: Path) -> None:
        self.pushes: list[Push] = []
        self.statuses: dict[str, int] = {}
        self.headers: dict[str, str] = {}
        self.on_push: Callable[[Push], None] = lambda push: None
        self.ended = threading.Event()
        self.authority = str(folder / "push.pem")
        _write_certificate(folder / "push.pem")
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"https://{HOST}:{self._server.server_address[1]}"

    def endpoint(self, name: str) -> str:
        return f"{self.origin}/push/{name}"

    def paths(self) -> list[str]:
        return [push.path.rpartition("/")[2] for push in self.pushes]

    def close(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)


@contextmanager
def push_service(folder: Path) -> Iterator[PushService]:
    service = PushService(folder)
    try:
        yield service
    finally:
        service.close()


def _handler(service: PushService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            push = Push(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            service.pushes.append(push)
            service.on_push(push)
            status = service.statuses.get(self.path.rpartition("/")[2], 201)
            if not status:
                self._trickle()
                return
            self.send_response(status)
            for name, value in service.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _trickle(self) -> None:
            self.close_connection = True
            try:
                while not service.ended.wait(TRICKLE_SECONDS):
                    self.wfile.write(b"H")
            except OSError:
                return

        def log_message(self, *_: object) -> None:
            return

    return Handler


def _write_certificate(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
    names = x509.SubjectAlternativeName([x509.DNSName(HOST)])
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
