"""Changing a series by its own id, from its open occurrence on."""

from dataclasses import replace
from datetime import datetime

from accounts_app.models import User
from tasks_app import recurrence as rec
from tasks_app.editing.change import Change, changing
from tasks_app.editing.draft import draft_of
from tasks_app.errors import SeriesEnded, SeriesStuck, refusals
from tasks_app.models import Series, Task
from tasks_app.operations.series.succession import end_series, ensure_series_successor
from tasks_app.operations.series.templates import change_template
from tasks_app.operations.tasks import change_task
from tasks_app.queries.series import open_occurrence, series_of_user
from tasks_app.values.dues import due_of
from tasks_app.values.fields import UNSET, Scope, TaskFields
from tasks_app.values.schedules import own_slot, recurrence_of, zone_of_series


def change_series(series_id: int, fields: TaskFields, *, by: User, at: datetime) -> Series:
    """Change the rule and the template of a series together with its open occurrence; return the series.

    `fields.recurrence` None ends the series. Repeating changes nothing. A stuck series has no open occurrence: its rule
    and template change, and its next occurrence is retried. Raises SeriesNotFound, SeriesEnded, SeriesStuck (a due
    was given, which a stuck series does not have), InvalidInput.
    """
    with changing(by, at=at) as change:
        series = series_of_user(change.owner_id, series_id)
        ensure_series_successor(change, series)
        task = open_occurrence(series)
        if task is not None and series.is_running:
            change_task(change, draft_of(task), _for_occurrence(task, fields), scope=Scope.ALL)
        elif series.state == "stuck":
            _change_stuck(change, series, fields)
        else:
            raise SeriesEnded
        return series_of_user(change.owner_id, series_id)


def _for_occurrence(task: Task, fields: TaskFields) -> TaskFields:
    """Return the fields for the open occurrence: offsets that count from the slot are made to count from its due."""
    due = due_of(task)
    if fields.reminders is UNSET or fields.moves_due or due is None:
        return fields
    slot, own = own_slot(task), rec.slot_of(due)
    given = (
        replace(each, offset=rec.translate_offset(each.offset, slot, own)) if each.offset else each
        for each in fields.reminders
    )
    return replace(fields, reminders=tuple(given))


def _change_stuck(change: Change, series: Series, fields: TaskFields) -> None:
    if fields.moves_due:
        raise SeriesStuck
    change_template(change, series, fields)
    if fields.recurrence is None:
        end_series(series, Series.EndReason.REMOVED, at=change.at)
    elif fields.recurrence is not UNSET:
        _replace_rule(change, series, fields.recurrence)
    if fields.advance is not UNSET:
        with refusals("advance"):
            wanted = replace(recurrence_of(series), advance=fields.advance)
            rec.check_advance(wanted, rec.parse_slot(series.start))
        series.advance = fields.advance.value
    series.save()
    ensure_series_successor(change, series)


def _replace_rule(change: Change, series: Series, wanted: rec.Recurrence) -> None:
    """Set another rule of a stuck series from its start on; a rule without an end keeps the old end."""
    old = recurrence_of(series).rule
    if not wanted.rule.has_end and not wanted.never_ends:
        wanted = replace(wanted, rule=replace(wanted.rule, count=old.count, until=old.until))
    with refusals():
        start = rec.parse_slot(series.start)
        rec.check_schedule(rec.Schedule(wanted, start, zone_of_series(series, change.zone)))
    series.rule, series.anchor = str(wanted.rule), wanted.anchor.value
    series.overflow, series.advance = wanted.overflow.value, wanted.advance.value
