"""State in the memory of one process: the cache without a state store, and of tests."""

import secrets
from collections import OrderedDict
from threading import Lock
from time import monotonic
from typing import Final

from pydantic import JsonValue

from events_app.state.base import KeptState, StateCache

MAX_KEYS: Final = 10_000


class MemoryStateCache(StateCache):
    """The `max_keys` values that were used last. Threads may share it."""

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        self._kept: OrderedDict[str, tuple[float, KeptState]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> KeptState | None:
        with self._lock:
            return self._current(key)

    def put(self, key: str, value: JsonValue, *, ttl_seconds: int, instead_of: KeptState | None) -> bool:
        with self._lock:
            current = self._current(key)
            if (current and current.mark) != (instead_of and instead_of.mark):
                return False
            self._kept[key] = (monotonic() + ttl_seconds, KeptState(value, secrets.token_hex(8)))
            self._kept.move_to_end(key)
            if len(self._kept) > self._max_keys:
                self._kept.popitem(last=False)
            return True

    def forget(self, key: str) -> bool:
        with self._lock:
            self._kept.pop(key, None)
            return True

    def _current(self, key: str) -> KeptState | None:
        until, kept = self._kept.get(key, (0.0, None))
        if kept is None:
            return None
        if until <= monotonic():
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return kept
