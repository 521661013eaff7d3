"""Sending deliveries: planned → sending → sent | failed | suppressed, with the reason on the row.

No transaction is open while a channel works. A lease covers that time: a sender that dies leaves rows whose
lease ends, and the next one sends them again under the same key.
"""

import logging
import os
import random
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from events_app.counters import count
from events_app.crash import crash_point
from events_app.transactions import database_now, write_transaction
from notifications_app.channels import CHANNELS, Channel, Item, Message, Outcome, Refused, Sent, TryLater
from notifications_app.errors import DeliveryBusy
from notifications_app.models import Delivery
from notifications_app.operations.quiet import release_held_notifications
from notifications_app.retries import MAX_ATTEMPTS, retry_delay

LEASE_SECONDS = 60
BUDGET_SECONDS = 2.0
MOST_IN_DIGEST = 100
_HOST = f"{socket.gethostname()}:{os.getpid()}"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """Deliveries that this sender alone may send until the lease ends: one, or those of a digest."""

    holder: str
    deliveries: Sequence[Delivery]

    @property
    def channel(self) -> Channel:
        return CHANNELS[self.deliveries[0].channel]

    @property
    def attempts(self) -> int:
        return max(delivery.attempts for delivery in self.deliveries)


def send_due_deliveries(*, budget_seconds: float = BUDGET_SECONDS) -> int:
    """Show what quiet hours held, then send what is due; return how many deliveries had an outcome.

    Goes on until nothing is due or the time is used up; a message that is being sent is finished. Any
    number of senders may run at once, and repeating is harmless.
    """
    until = time.monotonic() + budget_seconds
    while release_held_notifications() and time.monotonic() < until:
        pass
    done = 0
    while time.monotonic() < until:
        claim = _claim()
        if claim is None:
            break
        done += _send(claim)
    return done


def _claim() -> Claim | None:
    """Lease the delivery that is due longest, with those that share its digest."""
    if not _due(database_now()).exists():
        return None
    with write_transaction():
        now = database_now()
        first = _lock(_due(now)).first()
        if first is None:
            return None
        holder = f"{_HOST}:{uuid4().hex[:12]}"
        ids = [delivery.pk for delivery in _together_with(first, now)]
        _lease(ids, holder=holder, until=now + timedelta(seconds=LEASE_SECONDS))
    crash_point("delivery.after_lease")
    leased = Delivery.objects.filter(pk__in=ids).select_related("notification__user").order_by("pk")
    return Claim(holder, list(leased))


def _due(now: datetime) -> QuerySet[Delivery]:
    # Only the first open one of a digest stands for it, so that two senders never split one.
    before = Delivery.objects.filter(
        ~Q(digest=""), digest=OuterRef("digest"), pk__lt=OuterRef("pk"), next_attempt_at__isnull=False
    )
    leads = Q(digest="") | ~Exists(before)
    return Delivery.objects.filter(leads, next_attempt_at__lte=now).order_by("next_attempt_at", "pk")


def _lock(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return deliveries.select_for_update(skip_locked=True, no_key=True)


def _together_with(first: Delivery, now: datetime) -> list[Delivery]:
    if not first.digest:
        return [first]
    group = Delivery.objects.filter(digest=first.digest, next_attempt_at__lte=now).order_by("pk")
    return list(_lock(group)[:MOST_IN_DIGEST])


def _lease(ids: Sequence[int], *, holder: str, until: datetime) -> None:
    Delivery.objects.filter(pk__in=ids).update(
        status=Delivery.Status.SENDING,
        lease_holder=holder,
        lease_until=until,
        next_attempt_at=until,
        attempts=F("attempts") + 1,
    )


def _send(claim: Claim) -> int:
    user = claim.deliveries[0].notification.user
    outcome = claim.channel.send(_message(claim)) if user.is_active else Refused("user_inactive")
    crash_point("delivery.after_send")
    return _store(claim, outcome)


def _message(claim: Claim) -> Message:
    first = claim.deliveries[0]
    told = [delivery.notification for delivery in claim.deliveries]
    return Message(
        key=first.digest or first.key,
        email=first.notification.user.email,
        time_zone=first.notification.user.time_zone,
        items=[Item(one.title, one.body, one.created_at) for one in told],
    )


def _store(claim: Claim, outcome: Outcome) -> int:
    with write_transaction():
        rows = Delivery.objects.filter(
            pk__in=[delivery.pk for delivery in claim.deliveries], lease_holder=claim.holder
        )
        stored = rows.update(**_state_after(outcome, claim.attempts, now=database_now()))
    if stored < len(claim.deliveries):
        logger.warning("delivery %s: the lease ended before the outcome was known", claim.deliveries[0].pk)
    count(f"deliveries.{claim.channel.name}.{type(outcome).__name__.lower()}", stored)
    return stored


def _state_after(outcome: Outcome, attempts: int, *, now: datetime) -> dict[str, object]:
    closed: dict[str, object] = {"lease_holder": "", "lease_until": None, "next_attempt_at": None}
    match outcome:
        case Sent(provider_id):
            sent = {"status": Delivery.Status.SENT, "reason": "", "sent_at": now, "provider_id": provider_id}
            return {**closed, **sent}
        case Refused(reason):
            return {**closed, "status": Delivery.Status.FAILED, "reason": reason}
        case TryLater(reason) if attempts >= MAX_ATTEMPTS:
            given_up = f"gave up after {attempts} attempts: {reason}"
            return {**closed, "status": Delivery.Status.FAILED, "reason": given_up}
        case TryLater(reason):
            again = now + retry_delay(attempts, jitter=random.random())  # noqa: S311 - no secret
            planned = {"status": Delivery.Status.PLANNED, "reason": reason, "next_attempt_at": again}
            return {**closed, **planned}


def resend(delivery_id: int) -> Delivery:
    """Plan a delivery that was sent, failed or suppressed to go out again, under a key of its own.

    Raises Delivery.DoesNotExist, and DeliveryBusy when it is held, planned or being sent.
    """
    with write_transaction():
        delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
        if delivery.status in (Delivery.Status.HELD, Delivery.Status.PLANNED, Delivery.Status.SENDING):
            raise DeliveryBusy
        base = delivery.key.removesuffix(f"-again-{delivery.resends}")
        delivery.resends += 1
        delivery.key = f"{base}-again-{delivery.resends}"
        delivery.status, delivery.reason = Delivery.Status.PLANNED, "resent by an operator"
        delivery.attempts, delivery.next_attempt_at, delivery.digest = 0, database_now(), ""
        delivery.save()
    return delivery
