"""A stack's own certificate authority, and the server certificate that its TLS listeners share."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import ServiceFailed
from devstack.locking import file_lock
from devstack.tools import Tool, find, program

OPENSSL: Tool = program("openssl", package="openssl")
VALID_DAYS = "3650"

_CONFIGURATION = """\
[req]
distinguished_name = name
prompt = no
[name]
CN = todo devstack
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:localhost, IP:127.0.0.1
"""


@dataclass(frozen=True)
class Certificates:
    """The files in `directory`: `ca.pem` to trust, `server.pem` and `server.key` (PKCS#8) to serve with."""

    directory: Path

    @property
    def authority(self) -> Path:
        """The certificate that clients trust."""
        return self.directory / "ca.pem"

    @property
    def server(self) -> Path:
        """The certificate for localhost and 127.0.0.1."""
        return self.directory / "server.pem"

    @property
    def key(self) -> Path:
        """The server certificate's key."""
        return self.directory / "server.key"

    def ensure(self) -> None:
        """Create what is missing; repeating changes nothing. Raises ServiceFailed when openssl does."""
        with file_lock(self.directory.parent / "locks" / "tls.lock"):
            if not (self.authority.exists() and self.server.exists() and self.key.exists()):
                self._create()

    def _create(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        (self.directory / "openssl.cnf").write_text(_CONFIGURATION)
        new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config openssl.cnf"
        self._openssl(
            f"req -x509 -days {VALID_DAYS} {new_key} -extensions authority -keyout ca.key -out ca.pem"
        )
        self._openssl(f"req {new_key} -subj /CN=localhost -keyout server.key -out server.csr")
        self._openssl(
            f"x509 -req -days {VALID_DAYS} -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial"
            " -extfile openssl.cnf -extensions server -out server.pem"
        )

    def _openssl(self, arguments: str) -> None:
        finished = subprocess.run(
            [find("openssl") or "openssl", *arguments.split()],
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode != 0:
            raise ServiceFailed("certificates", f"openssl failed: {finished.stderr.strip()}")
