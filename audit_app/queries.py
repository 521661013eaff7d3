"""Every read of the trail. A user's entries are reached only through `entries_of`."""

from datetime import datetime

from django.db.models import QuerySet

from audit_app.chain.keys import UNKEYED
from audit_app.models import AuditEntry, AuditHead, ForgottenTrail, TrailAnchor, UnkeyedPart
from events_app.contracts import stream_key
from events_app.models import Event


def entries_of(user_id: int) -> QuerySet[AuditEntry]:
    """Return the user's entries, unordered."""
    return AuditEntry.objects.filter(user_id=user_id)


def entries_since(entries: QuerySet[AuditEntry], *, user_id: int, since: datetime) -> QuerySet[AuditEntry]:
    """Return those of the user's `entries` that come after the newest entry that is older than `since`.

    Searches backwards from the end of the trail: the cost depends on the number of results, not on the length of the
    trail.
    """
    began_at = entries_of(user_id).order_by("position").values_list("occurred_at", flat=True).first()
    if began_at is None or began_at >= since:
        return entries
    older = entries_of(user_id).filter(occurred_at__lt=since).order_by("-position")
    newest = older.values_list("position", flat=True).first()
    return entries if newest is None else entries.filter(position__gt=newest)


def history_of_task(task_id: int, *, user_id: int) -> QuerySet[AuditEntry] | None:
    """Return the user's entries about a task, or None when the user has, and had, no such task.

    A new task that the audit consumer has not handled yet has an empty history.
    """
    entries = entries_of(user_id).filter(task_id=task_id)
    return entries if entries.exists() or _is_pending(task_id, user_id=user_id) else None


def _is_pending(task_id: int, *, user_id: int) -> bool:
    end = AuditHead.objects.filter(pk=user_id).values_list("seq", flat=True).first() or 0
    return Event.objects.filter(stream__key=stream_key(user_id), seq__gt=end, task_id=task_id).exists()


def used_key_versions() -> list[int]:
    """Return the versions of the keys that entries, lines and anchors of the trail need to verify, ascending.

    It reads the version of every entry.
    """
    found: set[int] = set()
    for model in (AuditEntry, UnkeyedPart, ForgottenTrail, TrailAnchor):
        found.update(model._default_manager.values_list("key_version", flat=True).order_by().distinct())
    return sorted(found - {UNKEYED})
