"""What becomes of a delivery after an attempt at its message."""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from events_app.errors import storable
from notifications_app.channels import Refused, SendOutcome, Sent, Suppressed, TryLater
from notifications_app.models import Delivery
from notifications_app.reasons import Reason
from notifications_app.retries import MAX_ATTEMPTS, retry_delay

LONGEST_DETAIL: Final = 500  # and reason, as the columns of Delivery
LONGEST_PROVIDER_ID: Final = 255


@dataclass(frozen=True)
class Paused:
    """Nothing was tried: before `until` no device takes the message, or the user rests. It counts as no attempt."""

    until: datetime


def state_after(
    outcome: SendOutcome | Paused, *, attempts: int, is_digest: bool, now: datetime
) -> dict[str, object]:
    """Return the columns of deliveries whose message had this outcome at its attempt number `attempts`."""
    after: dict[str, object] = {"lease_holder": "", "lease_until": None, "next_attempt_at": None}
    match outcome:
        case Sent(provider_id):
            provider_id = storable(provider_id, characters=LONGEST_PROVIDER_ID)
            sent = {"status": Delivery.Status.SENT, "sent_at": now, "provider_id": provider_id}
            reason = Reason.IN_DIGEST if is_digest else ""
            return {**after, **sent, "reason": reason, "detail": ""}
        case Paused(until):
            return {
                **after,
                "status": Delivery.Status.PLANNED,
                "next_attempt_at": until,
                "attempts": attempts - 1,
            }
        case Suppressed():
            after["status"] = Delivery.Status.SUPPRESSED
        case Refused():
            after["status"] = Delivery.Status.FAILED
        case TryLater(reason, detail) if attempts >= MAX_ATTEMPTS:
            after["status"] = Delivery.Status.FAILED
            outcome = Refused(reason, f"gave up after {attempts} attempts: {detail}")
        case TryLater():
            again = now + retry_delay(attempts, jitter=random.random())  # noqa: S311 - no secret
            after |= {"status": Delivery.Status.PLANNED, "next_attempt_at": again}
    for name, text in (("reason", outcome.reason), ("detail", outcome.detail)):
        after[name] = storable(text, characters=LONGEST_DETAIL)
    return after
