"""The sweep that shows held notifications when the quiet hours end."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from accounts_app.models import User
from accounts_app.preferences.quiet_hours import find_quiet_end
from events_app.contracts import NotificationCreated
from events_app.log.write import Log, writing_many
from foundation.context import Actor, Provenance, use_provenance
from foundation.database.transactions import database_now
from notifications_app.channels import CHANNELS
from notifications_app.models import Delivery, Notification
from notifications_app.reasons import Reason

USERS_PER_PASS = 200
NOTIFICATIONS_PER_PASS = 500
_SWEEP = Provenance(actor=Actor(type="system", id="deliveries"))


def release_held_notifications() -> int:
    """Show held notifications whose quiet hours are over, at most 500 of 200 users; return how many it showed.

    Each is shown with `notification.created`. Several deliveries of one user through the same channel become a digest.
    If it is still quiet by the user's present preferences, they stay held. Users whose stream another process has
    locked are left for the next run. Repeating is harmless.
    """
    due = _due_by_user(database_now())
    if not due:
        return 0
    with use_provenance(_SWEEP), writing_many(list(due)) as logs:
        users = User.objects.in_bulk(list(logs))
        return sum(_release(user, due[id_], log=logs[id_]) for id_, user in sorted(users.items()))


def _due_by_user(now: datetime) -> dict[int, list[int]]:
    held = Notification.objects.filter(held_until__lte=now).order_by("held_until", "pk")
    found: dict[int, list[int]] = {}
    for pk, user_id in held.values_list("pk", "user_id")[:NOTIFICATIONS_PER_PASS]:
        if user_id in found or len(found) < USERS_PER_PASS:
            found.setdefault(user_id, []).append(pk)
    return found


def _release(user: User, ids: Collection[int], *, log: Log) -> int:
    # Read again under the lock: another process may have shown or suppressed them.
    held = Notification.objects.filter(pk__in=ids, user=user, held_until__lte=log.now)
    quiet = next_quiet_end(user, log.now)
    if quiet is not None:
        held.update(held_until=quiet)
        return 0
    return _show(list(held.order_by("pk")), log=log)


def next_quiet_end(user: User, now: datetime) -> datetime | None:
    """Return when the user's quiet hours around `now` end, or None outside of them."""
    try:
        return find_quiet_end(now, zone=user.zone, hours=user.quiet_hours)
    except ValueError:  # a zone that tzdata no longer has: one user must not block the others
        return None


def _show(notifications: Sequence[Notification], *, log: Log) -> int:
    ids = [notification.pk for notification in notifications]
    Notification.objects.filter(pk__in=ids).update(shown_at=log.now, held_until=None)
    log.record_many([NotificationCreated(notification=shown.snapshot()) for shown in notifications])
    deliveries = Delivery.objects.filter(notification__in=ids, status=Delivery.Status.HELD)
    _release_deliveries(deliveries.order_by("pk"), at=log.now)
    return len(ids)


def _release_deliveries(deliveries: Iterable[Delivery], *, at: datetime) -> None:
    by_channel: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        by_channel.setdefault(delivery.channel, []).append(delivery)
    for name, group in by_channel.items():
        rows = Delivery.objects.filter(pk__in=[delivery.pk for delivery in group])
        if name not in CHANNELS:
            rows.update(status=Delivery.Status.FAILED, reason=Reason.UNKNOWN_CHANNEL)
            continue
        if not CHANNELS[name].leaves_database:
            rows.update(status=Delivery.Status.SENT, reason="", sent_at=at, attempts=1)
            continue
        digest = f"digest-{group[0].key}" if len(group) > 1 else ""
        rows.update(status=Delivery.Status.PLANNED, reason="", next_attempt_at=at, digest=digest)
