"""What the end of a task does to its notifications, and what its return does: completed, deleted, and taken back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from accounts_app.preferences.quiet_hours import find_quiet_end
from accounts_app.queries.preferences import preferences_of
from events_app.log.write import writing
from notifications_app.models import Delivery, Notification
from notifications_app.operations.devices import end_waiting
from notifications_app.reasons import Reason

TASK_ENDS: Final = (Reason.TASK_COMPLETED, Reason.TASK_DELETED)
_OPEN: Final = (Delivery.Status.HELD, Delivery.Status.PLANNED, Delivery.Status.SENDING)


def suppress_for_task(task_id: int, *, user_id: int, seq: int, reason: Reason) -> int:
    """Suppress the notifications of a task that are held and the deliveries that are not sent; return how many.

    `seq` is that of the event that the task was completed or deleted. Notifications of later events stay, so repeating
    is harmless even after the task was reopened. A delivery that a browser has shown already is sent. One that is being
    sent gets the reason, and `suppress_ended` ends it if that attempt fails. The result counts deliveries that are
    suppressed.
    """
    with writing(user_id) as log:
        about = Notification.objects.filter(user_id=user_id, task_id=task_id, caused_by__lt=seq)
        open_ = Delivery.objects.filter(notification__in=about.values("pk"), status__in=_OPEN)
        # Locked, so that no sender begins or ends an attempt between the next statements.
        list(open_.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        open_.filter(status=Delivery.Status.SENDING).update(reason=reason)
        waiting = open_.exclude(status=Delivery.Status.SENDING)
        suppressed = end_waiting(waiting, reason=reason, now=log.now)
        about.filter(held_until__isnull=False).update(held_until=None, suppressed_reason=reason)
        return suppressed


def suppress_ended(reasons: Mapping[int, str], *, now: datetime) -> set[int]:
    """Suppress those of the deliveries whose task ended while they were being sent; return their ids.

    `reasons` are the stored ones by id. The deliveries are locked by the caller and are being sent by nobody any more.
    """
    ended: set[int] = set()
    for reason in TASK_ENDS:
        ids = {pk for pk, stored in reasons.items() if stored == reason}
        if ids:
            rows = Delivery.objects.filter(pk__in=ids)
            rows.update(
                status=Delivery.Status.PLANNED, next_attempt_at=now, lease_holder="", lease_until=None
            )
            end_waiting(rows, reason=reason, now=now)
            ended |= ids
    return ended


def hold_for_task_again(task_id: int, *, user_id: int, seq: int, reason: Reason) -> int:
    """Hold again what was suppressed for this reason while it was held in quiet hours that still last; return how many.

    `seq` is that of the event that the task was reopened or restored. What has been shown or sent stays as it is, and
    so does what belongs to earlier quiet hours. A delivery that is being sent may be tried again as before the end.
    Repeating is harmless.
    """
    with writing(user_id) as log:
        user = preferences_of({user_id}).get(user_id)
        if user is None:
            return 0
        about = Notification.objects.filter(user_id=user_id, task_id=task_id, caused_by__lt=seq)
        being_sent = Delivery.objects.filter(
            notification__in=about.values("pk"), status=Delivery.Status.SENDING, reason=reason
        )
        being_sent.update(reason="")
        held = 0
        for notification in about.filter(suppressed_reason=reason):
            until = find_quiet_end(notification.created_at, zone=user.zone, hours=user.quiet_hours)
            if until is not None and until > log.now:
                _hold(notification, until=until, reason=reason)
                held += 1
        return held


def _hold(notification: Notification, *, until: datetime, reason: Reason) -> None:
    notification.held_until, notification.suppressed_reason = until, ""
    notification.save(update_fields=["held_until", "suppressed_reason"])
    suppressed = Delivery.objects.filter(
        notification=notification, status=Delivery.Status.SUPPRESSED, reason=reason
    )
    suppressed.update(status=Delivery.Status.HELD, reason=Reason.QUIET_HOURS)
