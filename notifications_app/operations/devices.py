"""The browsers that a message goes to, and what is kept of each attempt at them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts_app.credentials.credential import Credential
from accounts_app.queries.credentials import valid_credentials
from foundation.backoff import retry_seconds
from foundation.counters import count
from foundation.database.transactions import write_transaction
from notifications_app.channels import Device, DeviceReport, Devices, SendOutcome, TryLater
from notifications_app.models import Delivery, PushReceipt, PushSubscription

FIRST_PAUSE_SECONDS: Final = 30.0
LONGEST_PAUSE_SECONDS: Final = 3600.0
MOST_FAILURES: Final = 40
"""After so many failures in a row, more than a day of them, a browser is forgotten as if its service had said so."""


def open_subscriptions(user_id: int) -> list[PushSubscription]:
    """Return the user's browsers whose sign-in is open, those with the fewest failures first; remove all others."""
    rows = list(PushSubscription.objects.filter(user=user_id).order_by("failures", "pk"))
    valid = valid_credentials({_credential(row) for row in rows}) if rows else set()
    ended = [row.pk for row in rows if _credential(row) not in valid]
    if ended:
        with write_transaction():
            PushSubscription.objects.filter(pk__in=ended).delete()
    return [row for row in rows if row.pk not in ended]


def devices_for(user_id: int, *, key: str, now: datetime) -> Devices:
    """Return to which browsers of the user the message with this key still has to go."""
    rows = open_subscriptions(user_id)
    receipts = PushReceipt.objects.filter(key=key, subscription__in=[row.pk for row in rows])
    reached = set(receipts.values_list("subscription", flat=True))
    missing = [row for row in rows if row.pk not in reached]
    paused = {row.pk: row.paused_until for row in missing if row.paused_until and row.paused_until > now}
    waiting = [Device(row.pk, row.endpoint, row.p256dh, row.auth) for row in missing if row.pk not in paused]
    resumes_at = min(paused.values(), default=None)
    return Devices(waiting, reached=len(reached), paused=len(paused), resumes_at=resumes_at)


def note_outcome(key: str, devices: Devices, outcome: SendOutcome, *, now: datetime) -> None:
    """Store what became of an attempt at each browser; call it in the transaction that stores the delivery.

    A browser that its service does not know any more is removed. One that failed is not tried for a while. Which ones
    have the message is kept until the delivery has ended.
    """
    if not devices.waiting and not devices.reached:
        return
    report = outcome.devices or DeviceReport()  # without one, no push began: no browser is to blame
    note_devices(report, now=now)
    if isinstance(outcome, TryLater):
        PushReceipt.objects.bulk_create(
            (PushReceipt(subscription_id=pk, key=key) for pk in _existing(report.reached)),
            ignore_conflicts=True,
        )
    else:
        PushReceipt.objects.filter(key=key).delete()


def note_devices(report: DeviceReport, *, now: datetime) -> None:
    """Store which browsers were reached, which failed, and remove those that are gone. Call it in a transaction."""
    rows = PushSubscription.objects.filter(pk__in=[*report.reached, *report.gone, *report.failed])
    # All at once and in one order: two senders of one user would else wait for each other.
    locked = list(rows.order_by("pk").select_for_update(no_key=True))
    rows.filter(pk__in=report.reached).update(failures=0, paused_until=None, reached_at=now)
    _pause([row for row in locked if row.pk in report.failed], report.failed, now=now)
    removed = [
        *report.gone,
        *(row.pk for row in locked if row.pk in report.failed and row.failures >= MOST_FAILURES),
    ]
    if removed:
        PushSubscription.objects.filter(pk__in=removed).delete()
        count("deliveries.web_push.gone", len(removed))


def _pause(rows: Sequence[PushSubscription], asked: Mapping[int, int], *, now: datetime) -> None:
    for row in rows:
        row.failures += 1
        own = retry_seconds(row.failures, first=FIRST_PAUSE_SECONDS, cap=LONGEST_PAUSE_SECONDS)
        row.paused_until = now + timedelta(seconds=max(own, asked[row.pk]))
        row.save(update_fields=["failures", "paused_until"])


def end_waiting(waiting: QuerySet[Delivery], *, reason: str, now: datetime) -> int:
    """Suppress these deliveries, which are not sent, for a reason; return how many.

    One whose message some browser has shown is sent, since that was seen; its receipts are not needed any more.
    """
    of_row = PushReceipt.objects.filter(Q(key=OuterRef("key")) | Q(key=OuterRef("digest")))
    rows = list(waiting.annotate(is_shown=Exists(of_row)).values_list("pk", "key", "digest", "is_shown"))
    if not rows:
        return 0
    shown = [pk for pk, _, _, is_shown in rows if is_shown]
    suppressed = waiting.exclude(pk__in=shown).update(
        status=Delivery.Status.SUPPRESSED, reason=reason, next_attempt_at=None, digest=""
    )
    if shown:
        sent = {"status": Delivery.Status.SENT, "reason": "", "sent_at": now}
        waiting.filter(pk__in=shown).update(**sent, next_attempt_at=None)
        _end_receipts(
            {text for _, key, digest, is_shown in rows if is_shown for text in (key, digest) if text}
        )
    return suppressed


def _end_receipts(keys: Collection[str]) -> None:
    """Delete the receipts of these messages, except of those of which some delivery is still open."""
    of_message = Q(digest=OuterRef("key")) | Q(key=OuterRef("key"), digest="")
    still_open = Delivery.objects.filter(of_message, next_attempt_at__isnull=False)
    PushReceipt.objects.filter(~Exists(still_open), key__in=keys).delete()


def _existing(ids: Sequence[int]) -> list[int]:
    """A browser may have been removed while the message went to it."""
    rows = PushSubscription.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    return list(rows.values_list("pk", flat=True))


def _credential(row: PushSubscription) -> Credential:
    return Credential(user_id=row.user_id, mark=row.mark, session_id=row.session, family_id=row.family)
