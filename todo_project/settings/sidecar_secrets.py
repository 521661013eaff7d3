"""Secrets that a process reads from Dapr's sidecar at its start: https://docs.dapr.io/reference/api/secrets_api/.

No Django here: the settings import it. The token that opens the sidecar, DAPR_API_TOKEN, is in the environment.
"""

import http.client
import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from time import monotonic, sleep
from typing import Any, Final
from urllib.parse import quote

SECRETS_SECONDS: Final = 30.0
_CALL_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.2
_HOST: Final = "127.0.0.1"


class SecretsMissing(Exception):
    """The sidecar gives no secrets; the message is one sentence, which never contains any."""


class SidecarSecrets:
    """The secrets of one store behind the sidecar that the environment names."""

    def __init__(self, environ: Mapping[str, str], store: str) -> None:
        port = environ.get("DAPR_HTTP_PORT") or "3500"
        if not port.isdigit() or not 0 < int(port) < 65536:
            raise SecretsMissing("DAPR_HTTP_PORT is no port")
        self._port = int(port)
        self._token = environ.get("DAPR_API_TOKEN", "")
        self._store = store

    def read(self, secret: str, wanted: Sequence[str], *, is_each_alone: bool) -> dict[str, str]:
        """Return the values of these variables that there are.

        They are keys of one `secret`, or each is a secret of its own. Raises SecretsMissing.
        """
        self._wait()
        if not is_each_alone:
            found = self._ask(secret, needed=True)
            return {name: found[name] for name in wanted if name in found}
        answers = {name: self._ask(name, needed=False) for name in wanted}
        return {name: values[name] for name, values in answers.items() if name in values}

    def _wait(self) -> None:
        """Wait for the sidecar, which may start after this process. Raises SecretsMissing."""
        deadline = monotonic() + SECRETS_SECONDS
        while self._status_of("/v1.0/healthz/outbound") >= HTTPStatus.MULTIPLE_CHOICES:
            if monotonic() >= deadline:
                raise SecretsMissing(
                    f"no sidecar was ready at {_HOST}:{self._port} (DAPR_HTTP_PORT) within {SECRETS_SECONDS:.0f} s"
                )
            sleep(_POLL_SECONDS)

    def _status_of(self, path: str) -> int:
        try:
            return self._call(path)[0]
        except (OSError, http.client.HTTPException):
            return HTTPStatus.SERVICE_UNAVAILABLE

    def _ask(self, secret: str, *, needed: bool) -> Mapping[str, str]:
        try:
            status, body = self._call(f"/v1.0/secrets/{quote(self._store, safe='')}/{quote(secret, safe='')}")
        except (OSError, http.client.HTTPException) as error:
            raise SecretsMissing(f"the sidecar did not answer: {type(error).__name__}") from None
        if status == HTTPStatus.UNAUTHORIZED:
            raise SecretsMissing("the sidecar refuses DAPR_API_TOKEN")
        if status == HTTPStatus.FORBIDDEN:
            raise SecretsMissing(f"the sidecar's Configuration does not allow the secret {secret}")
        if status != HTTPStatus.OK:
            if needed:
                raise SecretsMissing(f"the sidecar has no secret {secret} in {self._store} (status {status})")
            return {}
        return _texts(body)

    def _call(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(_HOST, self._port, timeout=_CALL_SECONDS)
        try:
            connection.request("GET", path, headers={"dapr-api-token": self._token})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def _texts(body: bytes) -> dict[str, str]:
    """Return the texts in an answer. Raises SecretsMissing for anything but an object."""
    try:
        found: Any = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SecretsMissing("the sidecar's answer is no object")
    return {name: value for name, value in found.items() if isinstance(value, str) and value}


def with_secrets(
    environ: Mapping[str, str],
    *,
    secret: Sequence[str],
    needed: Sequence[str],
    read: Callable[[Mapping[str, str], str], SidecarSecrets] = SidecarSecrets,
) -> Mapping[str, str]:
    """Return the environment with secrets from the store TODO_SECRETS_STORE; as it is without one.

    From the secret TODO_SECRETS_NAME come all `secret` variables that are unset, without a name only the `needed`
    ones, each a secret of its own. What the environment sets, also by a file, stays. Raises SecretsMissing.
    """
    store, name = environ.get("TODO_SECRETS_STORE", ""), environ.get("TODO_SECRETS_NAME", "")
    if not store:
        return environ
    wanted = [each for each in (secret if name else needed) if not _is_set(environ, each)]
    if not wanted:
        return environ
    return {**environ, **read(environ, store).read(name, wanted, is_each_alone=not name)}


def _is_set(environ: Mapping[str, str], name: str) -> bool:
    return bool(environ.get(name) or environ.get(f"{name}_FILE"))
