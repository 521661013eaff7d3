"""Tickets that open one socket once."""

import secrets
from datetime import timedelta
from hashlib import sha256

from accounts_app.credentials import Credential
from accounts_app.errors import TicketInvalid
from accounts_app.models import SocketTicket
from accounts_app.queries import is_credential_valid
from events_app.transactions import database_now, write_transaction

TICKET_SECONDS = 30


def issue_ticket(credential: Credential) -> str:
    """Return a new ticket for whoever holds `credential`: good once, for TICKET_SECONDS.

    Only its digest is stored; a socket opened with it ends with the credential.
    """
    ticket = secrets.token_urlsafe(32)
    with write_transaction():
        SocketTicket.objects.create(
            digest=_digest(ticket),
            user_id=credential.user_id,
            family_id=credential.family_id,
            session=credential.session_id,
            mark=credential.mark,
            expires_at=database_now() + timedelta(seconds=TICKET_SECONDS),
        )
    return ticket


def redeem_ticket(ticket: str) -> Credential:
    """Use a ticket up and return the credential that it stands for; raise TicketInvalid.

    Of several at once with the same ticket, one succeeds.
    """
    with write_transaction():
        row = SocketTicket.objects.filter(digest=_digest(ticket)).first()
        used, _ = SocketTicket.objects.filter(pk=row.pk).delete() if row else (0, {})
    if row is None or not used or row.expires_at <= database_now():
        raise TicketInvalid
    credential = Credential(row.user_id, row.mark, family_id=row.family_id, session_id=row.session)
    if not is_credential_valid(credential):
        raise TicketInvalid
    return credential


def _digest(ticket: str) -> str:
    return sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()
