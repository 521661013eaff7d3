"""Sending deliveries: planned → sending → sent | failed | suppressed, with the reason on the row.

No transaction is open while a channel sends. A lease covers that time: after a sender has died its leases end, and
another one sends the deliveries again under the same key. Never call this in a thread that publishes or consumes: a
channel may be slow.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import Error
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from events_app.runtime.crash import crash_point
from events_app.runtime.identity import ending_of, new_holder
from foundation.backoff import retry_seconds
from foundation.counters import count
from foundation.database.transactions import (
    database_now,
    drop_broken_connection,
    is_database_trouble,
    write_transaction,
)
from notifications_app.channels import (
    CHANNELS,
    ChannelMessage,
    Devices,
    Item,
    Refused,
    SendOutcome,
    Sent,
    Suppressed,
)
from notifications_app.channels.attempt import never_stop, send_in_time
from notifications_app.channels.base import NO_DEVICES
from notifications_app.errors import DeliveryBusy
from notifications_app.models import Delivery
from notifications_app.operations.devices import devices_for, note_outcome
from notifications_app.operations.hourly import MOST_IN_DIGEST, admit_message, lock_unlocked_deliveries
from notifications_app.operations.metrics import count_outcome
from notifications_app.operations.outcomes import Paused, state_after
from notifications_app.operations.quiet import next_quiet_end
from notifications_app.operations.task_ends import TASK_ENDS, suppress_ended
from notifications_app.operations.turns import Turns
from notifications_app.operations.unsubscribe_links import unsubscribe_url
from notifications_app.reasons import Reason
from notifications_app.retries import MAX_ATTEMPTS

_LEASE_SECONDS = 60
_BUDGET_SECONDS = 2.0
STORE_SECONDS = 10.0
STORE_RETRY_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 2.0  # below the project's cap, since it has to fit into STORE_SECONDS several times
MOST_LISTED = 50
_LONGEST_WAIT = timedelta(days=1)  # for a device that is paused; then attempts are counted
_GAVE_UP = f"gave up after {MAX_ATTEMPTS} attempts: each ended before its outcome was known"
_TO_DEVICES = Q(channel__in=[name for name, channel in CHANNELS.items() if channel.needs_devices])
_KINDS = ((~_TO_DEVICES, Turns()), (_TO_DEVICES, Turns()))

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """Deliveries that only this sender may send until the lease ends: one, or those of a digest."""

    holder: str
    deliveries: Sequence[Delivery]
    devices: Devices = NO_DEVICES

    @property
    def channel(self) -> str:
        return self.deliveries[0].channel

    @property
    def key(self) -> str:
        return self.deliveries[0].digest or self.deliveries[0].key

    @property
    def attempts(self) -> int:
        return max(delivery.attempts for delivery in self.deliveries)


def send_due_deliveries(
    *, budget_seconds: float = _BUDGET_SECONDS, is_stopping: Callable[[], bool] = never_stop
) -> int:
    """Send what is due; return how many deliveries had an outcome.

    Messages to devices are sent after all others: their users name the servers, and however slow these are, mail waits
    for one attempt at most. After a slow message the other users come first. Each kind continues until nothing is due,
    its time is used up, or `is_stopping()` is true; a message that is being sent is finished within the time of an
    attempt. Any number of senders may run at once, and repeating is harmless.
    """
    return sum(
        _send_kind(kind, turns, seconds=budget_seconds, is_stopping=is_stopping) for kind, turns in _KINDS
    )


def _send_kind(kind: Q, turns: Turns, *, seconds: float, is_stopping: Callable[[], bool]) -> int:
    until = time.monotonic() + seconds
    done = 0
    while time.monotonic() < until and not is_stopping():
        claim = _claim(kind & turns.condition())
        if claim is None and not turns.begin_again():
            break
        if claim and claim.deliveries:  # otherwise they were postponed, or their user was deleted meanwhile
            with turns.measure(claim.deliveries[0].notification.user_id):
                done += _send(claim, is_stopping)
    return done


def _claim(kind: Q) -> Claim | None:
    """Lease the delivery that has been due longest, with those of the same digest; return None if none is due."""
    if not _due(database_now()).filter(kind).exists():
        return None
    with write_transaction():
        now = database_now()
        first = lock_unlocked_deliveries(_due(now).filter(kind)).first()
        if first is None:
            return None
        holder = new_holder()
        if suppress_ended({first.pk: first.reason}, now=now) or not admit_message(first, now=now):
            return Claim(holder, [])
        ids = [delivery.pk for delivery in _same_digest(first, now)]
        _lease(ids, holder=holder, until=now + timedelta(seconds=_LEASE_SECONDS))
    crash_point("delivery.after_lease")
    leased = Delivery.objects.filter(pk__in=ids).select_related("notification__user").order_by("pk")
    return _with_devices(Claim(holder, list(leased)))


def _with_devices(claim: Claim) -> Claim:
    """Return the claim with the devices that still need its message, where its channel has any."""
    if not claim.deliveries or claim.channel not in CHANNELS or not CHANNELS[claim.channel].needs_devices:
        return claim
    user_id = claim.deliveries[0].notification.user_id
    return replace(claim, devices=devices_for(user_id, key=claim.key, now=database_now()))


def release_deliveries(place: str) -> int:
    """Make due the deliveries that dead processes of this data folder were sending; return how many.

    Only for the process that holds that folder now: this proves that the others are dead. The keys stay.
    """
    with write_transaction():
        sending = Delivery.objects.filter(
            status=Delivery.Status.SENDING, lease_holder__endswith=ending_of(place)
        )
        return sending.update(next_attempt_at=database_now())


def _due(now: datetime) -> QuerySet[Delivery]:
    # Only the first open delivery of a digest is due, so that two senders never split a digest.
    before = Delivery.objects.filter(
        ~Q(digest=""), digest=OuterRef("digest"), pk__lt=OuterRef("pk"), next_attempt_at__isnull=False
    )
    leads = Q(digest="") | ~Exists(before)
    return Delivery.objects.filter(leads, next_attempt_at__lte=now).order_by("next_attempt_at", "pk")


def _same_digest(first: Delivery, now: datetime) -> list[Delivery]:
    if not first.digest:
        return [first]
    group = Delivery.objects.filter(digest=first.digest, next_attempt_at__lte=now)
    needed = group.exclude(reason__in=TASK_ENDS).order_by("pk")
    return list(lock_unlocked_deliveries(needed)[:MOST_IN_DIGEST])


def _lease(ids: Sequence[int], *, holder: str, until: datetime) -> None:
    Delivery.objects.filter(pk__in=ids).update(
        status=Delivery.Status.SENDING,
        lease_holder=holder,
        lease_until=until,
        next_attempt_at=until,
        attempts=F("attempts") + 1,
    )


def _send(claim: Claim, is_stopping: Callable[[], bool]) -> int:
    outcome = (
        _refusal(claim)
        or _wait_while_quiet(claim)
        or _pause(claim)
        or send_in_time(CHANNELS[claim.channel], _make_message(claim), is_stopping=is_stopping)
    )
    crash_point("delivery.after_send")
    return _store_with_retries(claim, outcome, is_stopping)


def _refusal(claim: Claim) -> Refused | Suppressed | None:
    """Return the outcome if nothing may be sent. Checked at this moment, since the delivery may be old."""
    user = claim.deliveries[0].notification.user
    if claim.channel not in CHANNELS:
        return Refused(Reason.UNKNOWN_CHANNEL)
    if not user.is_active:
        return Refused(Reason.USER_INACTIVE)
    if claim.channel not in user.channels:
        return Suppressed(Reason.CHANNEL_OFF)
    if CHANNELS[claim.channel].needs_address and not user.is_email_verified:
        return Suppressed(Reason.ADDRESS_NOT_VERIFIED)
    # A message during which the sender died each time is given up, too.
    return Refused(Reason.OUTCOME_UNKNOWN, _GAVE_UP) if claim.attempts > MAX_ATTEMPTS else None


def _wait_while_quiet(claim: Claim) -> Paused | None:
    """Return the end of quiet hours that have begun since the notification was shown: an attempt may come late.

    What is shown within quiet hours is urgent, and sent.
    """
    notification = claim.deliveries[0].notification
    quiet_until = next_quiet_end(notification.user, database_now())
    shown_at = notification.shown_at or notification.created_at
    if quiet_until is None or next_quiet_end(notification.user, shown_at) is not None:
        return None
    return Paused(quiet_until)


def _pause(claim: Claim) -> Paused | None:
    """Return until when no device takes the message, if all that need it are paused and it is of today."""
    resumes_at, made_at = claim.devices.resumes_at, claim.deliveries[0].created_at
    if claim.devices.waiting or resumes_at is None or resumes_at - made_at > _LONGEST_WAIT:
        return None
    return Paused(resumes_at)


def _make_message(claim: Claim) -> ChannelMessage:
    first = claim.deliveries[0]
    user = first.notification.user
    listed = [delivery.notification for delivery in claim.deliveries[:MOST_LISTED]]
    return ChannelMessage(
        key=claim.key,
        email=user.email,
        time_zone=user.time_zone,
        unsubscribe_url=unsubscribe_url(user),
        items=[
            Item(one.title, one.body, one.created_at, one.pk, one.task_id, one.reminder_id) for one in listed
        ],
        more=len(claim.deliveries) - len(listed),
        devices=claim.devices,
        is_last=claim.attempts >= MAX_ATTEMPTS,
    )


def _store_with_retries(claim: Claim, outcome: SendOutcome | Paused, is_stopping: Callable[[], bool]) -> int:
    """Store the outcome. Retries during a short outage of the database, so that the message is not sent again."""
    until, failures = time.monotonic() + STORE_SECONDS, 0
    while True:
        try:
            return _store(claim, outcome)
        except Error as error:
            if not is_database_trouble(error) or is_stopping() or time.monotonic() >= until:
                raise
        drop_broken_connection()
        failures += 1
        time.sleep(retry_seconds(failures, first=STORE_RETRY_SECONDS, cap=_LONGEST_PAUSE_SECONDS))


def _store(claim: Claim, outcome: SendOutcome | Paused) -> int:
    with write_transaction():
        rows = Delivery.objects.filter(
            pk__in=[delivery.pk for delivery in claim.deliveries], lease_holder=claim.holder
        )
        # Locked: a task may end just now, which then waits for what is stored here.
        locked = rows.order_by("pk").select_for_update(no_key=True)
        reasons = dict(locked.values_list("pk", "reason"))
        is_digest, now = len(claim.deliveries) > 1, database_now()
        state = state_after(outcome, attempts=claim.attempts, is_digest=is_digest, now=now)
        stored = rows.update(**state)
        if not isinstance(outcome, Paused):
            note_outcome(claim.key, claim.devices, outcome, now=now)
        if state["status"] == Delivery.Status.PLANNED:
            suppress_ended(reasons, now=now)
    if not isinstance(outcome, Sent | Paused):
        logger.info("delivery %s: %s %s", claim.deliveries[0].pk, state["reason"], state["detail"])
    if stored < len(claim.deliveries):
        logger.warning("delivery %s: the lease ended before the outcome was known", claim.deliveries[0].pk)
    count(f"deliveries.{claim.channel}.{type(outcome).__name__.lower()}", stored)
    count_outcome(claim.channel, outcome, stored)
    return stored


def resend(delivery_id: int) -> Delivery:
    """Plan a delivery that was sent, failed or suppressed once more, under a new key; return it.

    Raises Delivery.DoesNotExist, and DeliveryBusy when it is held, planned or being sent.
    """
    with write_transaction():
        delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
        if delivery.status in (Delivery.Status.HELD, Delivery.Status.PLANNED, Delivery.Status.SENDING):
            raise DeliveryBusy
        base = delivery.key.removesuffix(f"-again-{delivery.resends}")
        delivery.resends += 1
        delivery.key = f"{base}-again-{delivery.resends}"
        delivery.status, delivery.reason, delivery.detail = Delivery.Status.PLANNED, Reason.RESENT, ""
        delivery.attempts, delivery.next_attempt_at, delivery.digest = 0, database_now(), ""
        delivery.save()
    return delivery
