"""A proof of identity, as a value. Pure."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Credential:
    """A proof of identity that may become invalid later; see `valid_credentials`.

    `mark` is the user's `credentials_mark` at the sign-in. The credential belongs to a family of tokens, or to the
    browser session with this public id; one that belongs to neither is never valid: a personal token is looked up
    with each call. `scopes` is what such a token may do; None: everything.
    """

    user_id: int
    mark: str
    family_id: UUID | None = None
    session_id: UUID | None = None
    token_id: int | None = None
    scopes: frozenset[str] | None = None
