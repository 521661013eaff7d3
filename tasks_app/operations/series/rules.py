"""Series: starting one, changing its rule and template, splitting it, ending it."""

from dataclasses import replace
from datetime import datetime

from accounts_app.models import User
from events_app.contracts import TaskDeleted
from tasks_app import recurrence as rec
from tasks_app.editing.change import Change, changing
from tasks_app.editing.draft import Draft, PendingSave, draft_of, save, save_all
from tasks_app.errors import InvalidInput, NotRecurring, OccurrenceClosed, refusals
from tasks_app.models import ExcludedSlot, Series, Task
from tasks_app.operations.reminders.plan import plan_all
from tasks_app.operations.series.stuck import catch_series_fault
from tasks_app.operations.series.succession import create_successor, end_series, ensure_series_successor
from tasks_app.operations.series.templates import ALL_NAMES, translate_template, write_template
from tasks_app.operations.undo.series_states import series_state_of
from tasks_app.queries.series import open_occurrences, series_of_user
from tasks_app.values.dues import due_of
from tasks_app.values.fields import UNSET, Scope, TaskFields
from tasks_app.values.schedules import (
    number_in_series,
    own_slot,
    recurrence_of,
    schedule_of,
    series_of,
    shown_recurrence,
    stored_recurrence,
    zone_of_series,
)


def apply_to_series(change: Change, draft: Draft, fields: TaskFields, *, scope: Scope | None) -> None:
    """Apply a change of one occurrence to its series too, as far as `scope` and `fields.recurrence` ask for it.

    Called inside `changing`, when the draft has the new fields already. Raises NotRecurring, OccurrenceClosed,
    InvalidInput.
    """
    current = stored_recurrence(draft.task)
    wanted = UNSET if fields.recurrence == current else fields.recurrence
    fields = replace(fields, recurrence=wanted)
    if current is None:
        _refuse_scope(scope)
        if wanted is not UNSET and wanted is not None:
            start_series(change, draft, wanted)
        return
    if wanted is UNSET and scope in (None, Scope.THIS):
        return
    series = _series_to_change(draft)
    if scope is Scope.THIS:
        raise InvalidInput.of("recurrence", "conflict", "A rule is never that of one occurrence alone.")
    if wanted is None:
        end_series(series, Series.EndReason.REMOVED, at=change.at)
        release_open_occurrences(change, series, but=draft.task)
        draft.task.recurrence = None
    elif scope is Scope.ALL:
        _revise(change, draft, series, fields=fields)
    else:
        _split(change, draft, series, fields=fields)


def start_series(
    change: Change, draft: Draft, recurrence: rec.Recurrence, *, kept: Series | None = None
) -> None:
    """Make a task the first occurrence of a new series, which saving the draft inserts; the task must have a due.

    The series starts at the due of the task. With `kept`, the series that the task is split from, it starts at the
    task's slot there, so that the schedule stays the same.
    """
    series = Series(owner_id=change.owner_id, created_at=change.at)
    if kept is None:
        _put_schedule(change, draft, series, recurrence=recurrence)
    else:
        series.start = rec.slot_text(own_slot(draft.task))
        series.time_zone, series.floating = kept.time_zone, kept.floating
        _put_rule(draft, series, recurrence=recurrence)
    write_template(draft, series, names=ALL_NAMES)
    draft.new_series = series


def cancel_series(series_id: int, *, by: User, at: datetime) -> Series:
    """End a series and return it; its open occurrence stays as the last. Repeating changes nothing.

    Raises SeriesNotFound.
    """
    with changing(by, at=at) as change:
        series = series_of_user(change.owner_id, series_id)
        ensure_series_successor(change, series)
        if series.is_running:
            drafts = _drafts_to_end(series)
            end_series(series, Series.EndReason.CANCELLED, at=at)
            for draft in drafts:
                draft.task.recurrence = None
            save_all(change, [PendingSave(draft) for draft in drafts])
        return series


def delete_series(series_id: int, *, by: User, at: datetime) -> None:
    """End a series and move its open occurrence to the trash; done ones stay. Raises SeriesNotFound.

    Repeating changes nothing.
    """
    with changing(by, at=at) as change:
        series = series_of_user(change.owner_id, series_id)
        if series.end_reason != Series.EndReason.DELETED:
            close_series(change, series)


def close_series(change: Change, series: Series) -> None:
    """End a series as deleted and move its open occurrences to the trash."""
    ensure_series_successor(change, series)
    drafts = _drafts_to_end(series)
    end_series(series, Series.EndReason.DELETED, at=change.at)
    for draft in drafts:
        _mark_trashed(change, draft)
    save_all(change, [PendingSave(draft, TaskDeleted) for draft in drafts])


def release_open_occurrences(
    change: Change, series: Series, *, but: Task, trashes_later: bool = False
) -> None:
    """Clear `recurrence` on other open occurrences of a series that has ended; `trashes_later`: trash later ones."""
    for draft in _open_drafts(series):
        if draft.task.pk == but.pk:
            continue
        if trashes_later and (draft.task.occurrence or "") > (but.occurrence or ""):
            move_to_trash(change, draft)
        else:
            draft.task.recurrence = None
            save(change, draft)


def exclude_slot(change: Change, draft: Draft, reason: ExcludedSlot.Reason) -> None:
    """Exclude the slot of an open occurrence that was trashed or leaves its series, and create the successor.

    The excluded slot still counts as an occurrence. No successor is created while another occurrence is open.
    """
    task = draft.task
    series = series_of(task)
    ExcludedSlot.objects.update_or_create(series=series, slot=task.occurrence, defaults={"reason": reason})
    others = Task.objects.filter(series=series, deleted_at=None).exclude(pk=task.pk)
    if not series.is_running or others.filter(completed_at=None).exists():
        return
    # Later occurrences than a reopened one may be done already: then the next one follows the last of those.
    later = others.filter(pk__gt=task.pk).order_by("-pk").first()
    with catch_series_fault(change, series):
        if later is not None and later.completed_at is not None:
            create_successor(change, series, later, moment=later.completed_at)
        else:
            create_successor(change, series, task, moment=change.at)


def move_to_trash(change: Change, draft: Draft) -> None:
    """Move a task to the trash, cancel its planned reminders and save it with `task.deleted`."""
    _mark_trashed(change, draft)
    save(change, draft, as_event=TaskDeleted)


def _mark_trashed(change: Change, draft: Draft) -> None:
    draft.task.deleted_at = change.at
    plan_all(change, draft, catches_up=False)


def _refuse_scope(scope: Scope | None) -> None:
    if scope in (Scope.FUTURE, Scope.ALL):
        raise NotRecurring


def _series_to_change(draft: Draft) -> Series:
    if draft.stored is not None and draft.stored["completed"]:
        raise OccurrenceClosed
    return series_of(draft.task)


def _split(change: Change, draft: Draft, old: Series, *, fields: TaskFields) -> None:
    """End the old series before this occurrence and start a new one with it."""
    recurrence = _continue_rule(change, draft, old, fields=fields)
    schedule = schedule_of(old, change.zone)
    old.rule = str(rec.end_before(schedule, own_slot(draft.task)).rule)
    end_series(old, Series.EndReason.SPLIT, at=change.at)
    release_open_occurrences(change, old, but=draft.task)
    keeps_schedule = fields.recurrence is UNSET and not _moves_schedule(draft.task, old, fields)
    start_series(change, draft, recurrence, kept=old if keeps_schedule else None)


def _revise(change: Change, draft: Draft, series: Series, *, fields: TaskFields) -> None:
    """Change the rule and the template of the series from this occurrence on; it stays the same series."""
    if fields.recurrence is not UNSET or _moves_schedule(draft.task, series, fields):
        recurrence, was = _continue_rule(change, draft, series, fields=fields), own_slot(draft.task)
        if fields.advance is not UNSET:
            recurrence = replace(recurrence, advance=fields.advance)
        _put_schedule(change, draft, series, recurrence=recurrence)
        _refuse_taken_slot(draft.task, series)
        translate_template(series, old=was, new=own_slot(draft.task))
    elif fields.advance is not UNSET:
        _put_advance(draft, series, fields.advance)
    write_template(draft, series, names=fields.names())
    series.save()


def _put_advance(draft: Draft, series: Series, advance: rec.Advance) -> None:
    recurrence = replace(recurrence_of(series), advance=advance)
    with refusals("advance"):
        rec.check_advance(recurrence, rec.parse_slot(series.start))
    series.advance = advance.value
    draft.task.recurrence = shown_recurrence(recurrence, rec.parse_slot(series.start))


def _refuse_taken_slot(task: Task, series: Series) -> None:
    others = Task.objects.filter(series=series, occurrence=task.occurrence).exclude(pk=task.pk)
    if others.exists():
        raise InvalidInput.of("due_at", "taken", "The series has had an occurrence at this time.")


def _continue_rule(change: Change, draft: Draft, series: Series, *, fields: TaskFields) -> rec.Recurrence:
    """Return the recurrence from this occurrence on: the wanted or the moved rule, with what is left of the old end."""
    schedule = schedule_of(series, change.zone)
    slot, number = own_slot(draft.task), number_in_series(series, draft.task)
    wanted, moves = fields.recurrence, _moves_schedule(draft.task, series, fields)
    with refusals():
        if wanted is UNSET or wanted is None:
            if not moves:
                return rec.continue_from(schedule, slot, number=number).recurrence
            wanted = _move_rule(draft, recurrence_of(series))
        elif not moves:
            wanted = rec.keep_day(wanted, schedule, slot)
        return rec.inherit_end(wanted, schedule, slot, number=number)


def _moves_schedule(task: Task, series: Series, fields: TaskFields) -> bool:
    """Whether the given due differs from the slot of this occurrence; a client may also send the slot back."""
    due = due_of(task)
    if due is None or not fields.moves_due:
        return fields.moves_due
    where = (rec.slot_of(due), task.time_zone, task.floating)
    return where != (own_slot(task), series.time_zone, series.floating)


def _move_rule(draft: Draft, recurrence: rec.Recurrence) -> rec.Recurrence:
    """Return the recurrence, without its end, moved to the day of the new due."""
    due, old = due_of(draft.task), own_slot(draft.task)
    new = rec.slot_of(due) if due is not None else old
    return rec.move_rule(replace(recurrence, rule=recurrence.rule.without_end()), old, new)


def _put_schedule(change: Change, draft: Draft, series: Series, *, recurrence: rec.Recurrence) -> None:
    """Set rule, start and zone of the series from `recurrence` and the due of the task; neither is saved."""
    task, due = draft.task, due_of(draft.task)
    if due is None:
        raise InvalidInput.of("due_at", "required", "A recurring task needs a due.")
    series.start = rec.slot_text(rec.slot_of(due))
    series.time_zone, series.floating = task.time_zone, task.floating
    with refusals():
        rec.check_schedule(rec.Schedule(recurrence, rec.slot_of(due), zone_of_series(series, change.zone)))
    _put_rule(draft, series, recurrence=recurrence)


def _put_rule(draft: Draft, series: Series, *, recurrence: rec.Recurrence) -> None:
    task, start = draft.task, rec.parse_slot(series.start)
    series.rule, series.anchor = str(recurrence.rule), recurrence.anchor.value
    series.overflow, series.advance = recurrence.overflow.value, recurrence.advance.value
    task.occurrence = series.start
    task.recurrence = shown_recurrence(recurrence, start)


def _drafts_to_end(series: Series) -> list[Draft]:
    """Return the open occurrences of a series that is about to end, with the state of the series for undo."""
    drafts = _open_drafts(series)
    for draft in drafts:
        draft.series_before = series_state_of(draft.task)
    return drafts


def _open_drafts(series: Series) -> list[Draft]:
    return [draft_of(task) for task in open_occurrences(series).order_by("id")]
