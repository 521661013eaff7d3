"""The port to state that may be lost at any time: the database is the truth, and whoever misses a value reads it there.

No method raises for a store that is away, and none takes longer than STATE_SECONDS.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

STATE_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class KeptState:
    """A value as it is kept; `mark` changes with every write of it."""

    value: JsonValue
    mark: str


class StateCache(ABC):
    """Values by key, for all roles of an installation or for one process."""

    @abstractmethod
    def get(self, key: str) -> KeptState | None:
        """Return what is kept, or None: never kept, ended, lost, or not to be had in time."""

    @abstractmethod
    def put(self, key: str, value: JsonValue, *, ttl_seconds: int, instead_of: KeptState | None) -> bool:
        """Keep a value for `ttl_seconds`; return whether it is kept now.

        It is not when another value is kept than `instead_of`, which `get` returned (None: no value at all).
        """

    @abstractmethod
    def forget(self, key: str) -> bool:
        """Remove a value; return whether none is kept any more. Repeating is harmless."""
