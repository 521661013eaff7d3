"""State in the store behind a Dapr sidecar: https://docs.dapr.io/reference/api/state_api/."""

import http.client
import logging
from http import HTTPStatus
from threading import Lock
from time import monotonic
from typing import Final, NamedTuple
from urllib.parse import quote

import orjson
from pydantic import JsonValue

from events_app.state.base import STATE_SECONDS, KeptState, StateCache
from events_app.transports.options import SIDECAR_HOST, DaprOptions
from foundation.counters import count

AWAY_SECONDS: Final = 1.0
"""After a failure nobody waits for the store for so long: a role loses one budget a second to it, not one per call."""
MAX_BYTES: Final = 4 * 1024 * 1024
_REFUSED: Final = (HTTPStatus.CONFLICT, HTTPStatus.INTERNAL_SERVER_ERROR)

logger = logging.getLogger(__name__)


class _Answer(NamedTuple):
    status: int
    body: bytes
    mark: str


class DaprStateCache(StateCache):
    """The component `store`. Threads may share it; each call has a connection of its own, to the loopback."""

    def __init__(self, options: DaprOptions, store: str) -> None:
        self._options = options
        self._path = f"/v1.0/state/{quote(store, safe='')}"
        self._lock = Lock()
        self._away_until = float("-inf")

    def get(self, key: str) -> KeptState | None:
        answer = self._call("GET", f"{self._path}/{quote(key, safe='')}")
        if answer is None or answer.status != HTTPStatus.OK:
            return None
        try:
            return KeptState(orjson.loads(answer.body), answer.mark)
        except orjson.JSONDecodeError:
            count("state.not_json")
            return None

    def put(self, key: str, value: JsonValue, *, ttl_seconds: int, instead_of: KeptState | None) -> bool:
        row = {
            "key": key,
            "value": value,
            # With an etag the store writes over that value alone, without one over none.
            **({"etag": instead_of.mark} if instead_of else {}),
            "options": {"concurrency": "first-write"},
            "metadata": {"ttlInSeconds": str(ttl_seconds)},
        }
        answer = self._call("POST", self._path, orjson.dumps([row]))
        return answer is not None and answer.status == HTTPStatus.NO_CONTENT

    def forget(self, key: str) -> bool:
        answer = self._call("DELETE", f"{self._path}/{quote(key, safe='')}")
        return answer is not None and answer.status == HTTPStatus.NO_CONTENT

    def _call(self, method: str, path: str, body: bytes = b"") -> _Answer | None:
        """Return the sidecar's answer, or None when there is none in time, or was none a moment ago."""
        if monotonic() < self._away_until:
            return None
        try:
            answer = self._exchange(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            self._stand_aside(f"{type(error).__name__}: {error}")
            return None
        # The state store answers a lost race with 500: the value that is there now is read again.
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and answer.status not in _REFUSED:
            self._stand_aside(f"status {answer.status}")
        return answer

    def _exchange(self, method: str, path: str, body: bytes) -> _Answer:
        connection = http.client.HTTPConnection(SIDECAR_HOST, self._options.http_port, timeout=STATE_SECONDS)
        try:
            headers = {"content-type": "application/json", "dapr-api-token": self._options.api_token}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return _Answer(answer.status, answer.read(MAX_BYTES), answer.headers.get("etag", ""))
        finally:
            connection.close()

    def _stand_aside(self, reason: str) -> None:
        count("state.failed")
        with self._lock:
            self._away_until = monotonic() + AWAY_SECONDS
        logger.info("the state store is away for a second: %s", reason)
