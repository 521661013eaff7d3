"""Events of personal access tokens. They are in the log and in the audit trail, and are never published.

They hold neither the text of a token nor its hash.
"""

from typing import ClassVar

from events_app.contracts.base import Instant, Payload


class TokenCreated(Payload):
    """A user made a personal token."""

    TYPE: ClassVar[str] = "token.created"

    token_id: int
    name: str
    scopes: list[str]
    expires_at: Instant | None


class TokenRevoked(Payload):
    """A personal token was revoked, by its user or by an operator: the actor says who."""

    TYPE: ClassVar[str] = "token.revoked"

    token_id: int
    name: str
