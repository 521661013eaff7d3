"""One form for all security events: what, whose account, from where, under which request id.

An event stands in its user's history, and so in the audit trail. A line of the logger
`accounts_app.operations.security` says the same to operators once it is committed.
"""

import logging
from functools import partial
from typing import TypedDict

from django.db import transaction

from events_app.contracts import SecurityEvent
from events_app.log.write import Log, writing
from foundation.context import provenance

_logger = logging.getLogger("accounts_app.operations.security")


class Whence(TypedDict):
    """The fields of a security event that say where the call came from."""

    address: str
    client: str


def whence() -> Whence:
    """Return where the running call comes from; two empty texts outside calls."""
    origin = provenance().origin
    return Whence(address=origin.address, client=origin.client)


def record_security(user_id: int, event: SecurityEvent) -> None:
    """Record an event in a user's history, in the running `writing` block or in one of its own, and log it."""
    with writing(user_id) as log:
        note_in(log, event)


def note_in(log: Log, event: SecurityEvent) -> None:
    """Record an event in a history that is locked, and log it after the commit."""
    log.record(event)
    details = event.model_dump(mode="json")
    transaction.on_commit(partial(log_security, event.TYPE, user_id=log.user_id, **details))


def log_security(what: str, *, user_id: int | None, **details: object) -> None:
    """Log what happened to an account, in the form of all security events; None: to no account that there is."""
    fields = {"account": user_id, **whence(), **details}
    known = {name: value for name, value in fields.items() if value not in (None, "")}
    _logger.info("security: %s", what, extra={"security_event": what, **known})
