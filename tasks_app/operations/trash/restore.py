"""An occurrence that comes out of the trash: back to its place in the series, or as a task of its own."""

from events_app.contracts import TaskCreated
from tasks_app.editing.change import Change
from tasks_app.editing.draft import Draft, draft_of, save
from tasks_app.models import ExcludedSlot, Series, SeriesChange, Task
from tasks_app.operations.reminders.plan import plan_all
from tasks_app.operations.series.succession import (
    ensure_series_successor,
    may_withdraw,
    visible_successor,
    withdraw_successor,
)
from tasks_app.operations.undo.series_states import series_state_of
from tasks_app.queries.series import open_occurrences, series_of_user
from tasks_app.values.rows import Row
from tasks_app.values.schedules import series_of


def restore_occurrence(change: Change, draft: Draft) -> None:
    """Settle what a trashed task is to its series when it returns: its place, or nothing any more.

    Called inside `changing`, while the task is still in the trash; the caller then clears `deleted_at`, plans
    the reminders and saves with one `task.created`. A task without series is left as it is, and so is one
    that was done. Of a series that was deleted along with this task, rule and all that went with it come back. Else
    an open one takes its slot back if that hurts nobody: the successor that its deletion (or skipping) made is
    untouched and is withdrawn, or there was none; what was the last of a series that is over is so again. Otherwise it
    comes back detached.
    """
    task = draft.task
    if task.series_id is None:
        return
    series = series_of(task)
    ensure_series_successor(change, series)
    if task.completed_at is not None:
        return
    was_last = task.recurrence is None and not series.is_running
    if _went_with_series(series, task) and not open_occurrences(series).exists():
        _restore_series(change, series, but=task)
    elif was_last or _place_is_free(series, task):
        _take_place(change, series, task)
    else:
        detach_restored(draft)


def _went_with_series(series: Series, task: Task) -> bool:
    """Whether the deletion of a task ended its series.

    One that was deleted alone, in the same call before, has its slot left out, and its deletion did nothing to the
    series.
    """
    if series.end_reason != Series.EndReason.DELETED or series.ended_at != task.deleted_at:
        return False
    if not ExcludedSlot.objects.filter(series=series, slot=task.occurrence).exists():
        return True
    kept = SeriesChange.objects.filter(task=task).order_by("-version").first()
    key = str(series.pk)
    return kept is not None and kept.after["series"].get(key, {}).get("end_reason") == series.end_reason


def _restore_series(change: Change, series: Series, *, but: Task) -> None:
    """Have a series that was deleted run again, with what else was trashed along with it; `but` is the caller's."""
    went = {"deleted_at": but.deleted_at, "completed_at": None, "withdrawn": False, "missed_at": None}
    others = Task.objects.filter(series=series, **went).exclude(pk=but.pk).order_by("pk")
    drafts = [draft_of(task) for task in others if _went_with_series(series, task)]
    for draft in drafts:
        draft.series_before = series_state_of(draft.task)
    slots = [task.occurrence for task in (but, *(draft.task for draft in drafts))]
    ExcludedSlot.objects.filter(series=series, slot__in=slots).delete()
    series.ended_at, series.end_reason = None, ""
    series.save(update_fields=["ended_at", "end_reason"])
    for draft in drafts:
        draft.task.deleted_at = None
        plan_all(change, draft, catches_up=False)
        save(change, draft, as_event=TaskCreated)


def rejoin_series(change: Change, draft: Draft, place: Row) -> bool:
    """Give a task that left its series the place there again that its row names; return whether it is free.

    The place of an open one is free as that of a deleted one is. A done one stands in nobody's way. The draft
    is not saved.
    """
    task, series = draft.task, series_of_user(change.owner_id, place["series_id"])
    ensure_series_successor(change, series)
    recurs = place["recurrence"] is not None
    if task.completed_at is None and recurs and not _place_is_free(series, task):
        return False
    task.series, task.occurrence, task.recurrence = series, place["occurrence"], place["recurrence"]
    if task.completed_at is None and recurs:
        _take_place(change, series, task)
    else:
        ExcludedSlot.objects.filter(series=series, slot=task.occurrence).delete()
    return True


def detach_restored(draft: Draft) -> None:
    """Make an occurrence a task of its own; its slot stays excluded, so that nothing takes its place.

    The draft is not saved.
    """
    task = draft.task
    series, slot = series_of(task), task.occurrence
    excluded, is_new = ExcludedSlot.objects.get_or_create(
        series=series, slot=slot, defaults={"reason": ExcludedSlot.Reason.DETACHED}
    )
    if not is_new:
        excluded.reason = ExcludedSlot.Reason.DETACHED
        excluded.save(update_fields=["reason"])
    task.series = task.occurrence = task.follows = task.recurrence = task.rule_version = None


def _place_is_free(series: Series, task: Task) -> bool:
    if not series.is_running and series.end_reason != Series.EndReason.FINISHED:
        return False
    successor = visible_successor(series, task)
    if not may_withdraw(successor):
        return False
    open_ids = set(open_occurrences(series).values_list("pk", flat=True))
    return open_ids <= ({successor.pk} if successor is not None else set())


def _take_place(change: Change, series: Series, task: Task) -> None:
    ExcludedSlot.objects.filter(series=series, slot=task.occurrence).delete()
    withdraw_successor(change, task)
