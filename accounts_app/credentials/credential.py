"""A proof of identity, as a value. Pure."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Credential:
    """A proof of identity that may be withdrawn later; see `valid_credentials`.

    `mark` is the user's `credentials_mark` when it was given. It stands for a family of tokens, or for the browser
    session with this public id; one that stands for neither is never valid.
    """

    user_id: int
    mark: str
    family_id: UUID | None = None
    session_id: UUID | None = None
