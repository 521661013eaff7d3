"""Tickets that open one socket once."""

import secrets
from datetime import timedelta

from django.db import IntegrityError

from accounts_app.credentials.credential import Credential
from accounts_app.credentials.hashes import hash_text
from accounts_app.errors import TicketInvalid, TokenRefused
from accounts_app.models import SocketTicket
from accounts_app.operations.sign_ins.quotas import drop_oldest_tickets, lock_user
from accounts_app.queries.credentials import is_credential_valid
from foundation.database.transactions import database_now, write_transaction

TICKET_SECONDS = 30


def issue_ticket(credential: Credential) -> str:
    """Return a new ticket for the holder of `credential`: it opens one socket, within TICKET_SECONDS.

    Only its hash is stored. A socket that it opens ends with the credential. Beyond the user's quota the oldest
    ticket is deleted. Raises TokenRefused when the family of the credential does not exist any more.
    """
    ticket = secrets.token_urlsafe(32)
    try:
        with write_transaction():
            lock_user(credential.user_id)
            _insert(ticket, credential)
            drop_oldest_tickets(credential.user_id)
    except IntegrityError:  # the family was deleted after the request was authenticated
        raise TokenRefused from None
    return ticket


def _insert(ticket: str, credential: Credential) -> None:
    SocketTicket.objects.create(
        digest=hash_text(ticket),
        user_id=credential.user_id,
        family_id=credential.family_id,
        session=credential.session_id,
        mark=credential.mark,
        expires_at=database_now() + timedelta(seconds=TICKET_SECONDS),
    )


def redeem_ticket(ticket: str) -> Credential:
    """Delete a ticket and return its credential; raise TicketInvalid unless it and the credential are valid.

    Of several calls at once with the same ticket, one succeeds.
    """
    row = SocketTicket.objects.filter(digest=hash_text(ticket)).first()
    if row is None:  # anybody may ask: an unknown ticket must not begin a write transaction
        raise TicketInvalid
    with write_transaction():
        used, _ = SocketTicket.objects.filter(pk=row.pk).delete()
    if not used or row.expires_at <= database_now():
        raise TicketInvalid
    credential = Credential(row.user_id, row.mark, family_id=row.family_id, session_id=row.session)
    if not is_credential_valid(credential):
        raise TicketInvalid
    return credential
