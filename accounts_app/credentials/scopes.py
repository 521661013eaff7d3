"""Scopes of personal tokens, and what a view asks of one. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

READ: Final = "tasks:read"
WRITE: Final = "tasks:write"
CHAT: Final = "chat"
TOKEN_SCOPES: Final = (READ, WRITE, CHAT)
_SAFE: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class TokenAccess:
    """The scopes that a personal token needs for a view: for safe methods, and for all others. None: none suffices."""

    reads: str | None
    writes: str | None

    def scope_for(self, method: str) -> str | None:
        """Return the scope that a call with this method needs, or None if no scope allows it."""
        return self.reads if method in _SAFE else self.writes


TASKS_ACCESS: Final = TokenAccess(READ, WRITE)
READ_ACCESS: Final = TokenAccess(READ, READ)  # also calls that have a body but write nothing
NO_ACCESS: Final = TokenAccess(None, None)  # accounts, credentials, and what shows them


def allows(held: Collection[str], needed: str | None) -> bool:
    """Say whether a token with the scopes `held` may make a call that needs this one; WRITE implies READ."""
    return needed in held or (needed == READ and WRITE in held)
