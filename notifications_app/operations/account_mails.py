"""Sends the mails in the outbox of accounts_app: links and notices. The sender runs it, never a request."""

import logging
import random
import time
from collections.abc import Callable
from functools import partial

from accounts_app.operations.mail.outbox import Letter, claim_letter, close_letter, retry_letter
from events_app.errors import storable
from events_app.runtime.crash import crash_point
from foundation.counters import count
from foundation.database.transactions import database_now
from notifications_app.channels import Refused, SendOutcome, Sent, Suppressed, TryLater
from notifications_app.channels.attempt import attempt_in_time, never_stop
from notifications_app.channels.email import send_mail
from notifications_app.operations.metrics import count_outcome
from notifications_app.reasons import Reason
from notifications_app.retries import MAX_ATTEMPTS, retry_delay

_BUDGET_SECONDS = 2.0
_LONGEST_DETAIL = 500  # as the column of AccountMail

logger = logging.getLogger(__name__)


def send_account_mails(
    *, budget_seconds: float = _BUDGET_SECONDS, is_stopping: Callable[[], bool] = never_stop
) -> int:
    """Send due mails about accounts; return how many had an outcome.

    As with `send_due_deliveries`, any number of senders may run at once. After a sender has died, another one sends its
    mail again, which may then arrive twice; of two links the newer one is valid.
    """
    until = time.monotonic() + budget_seconds
    done = 0
    while time.monotonic() < until and not is_stopping():
        letter = claim_letter()
        if letter is None:
            break
        crash_point("account_mail.after_lease")
        send = partial(send_mail, letter.email, letter.text.subject, letter.text.body, key=letter.key)
        _store(letter, attempt_in_time(send, name="account-mail", is_stopping=is_stopping))
        done += 1
    return done


def _store(letter: Letter, outcome: SendOutcome) -> None:
    count(f"account_mails.{type(outcome).__name__.lower()}")
    count_outcome("account_mail", outcome)
    match outcome:
        case Sent():
            stored = close_letter(letter, sent=True)
        case TryLater(reason, detail) if letter.attempts < MAX_ATTEMPTS:
            delay = retry_delay(letter.attempts, jitter=random.random())  # noqa: S311 - no secret
            stored = retry_letter(letter, at=database_now() + delay, detail=_describe(reason, detail))
        case TryLater(reason, detail) | Refused(reason, detail) | Suppressed(reason, detail):
            why = _describe(reason, detail)
            logger.warning("mail %s about an account was given up: %s", letter.mail_id, why)
            stored = close_letter(letter, sent=False, detail=why)
    if not stored:
        logger.warning(
            "mail %s about an account: the lease ended before the outcome was known", letter.mail_id
        )


def _describe(reason: Reason, detail: str) -> str:
    return storable(f"{reason} {detail}".strip(), characters=_LONGEST_DETAIL)
