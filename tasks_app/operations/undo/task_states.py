"""What a task was before one of its changes, as the change's event tells it, and putting that back.

Called inside `changing`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from accounts_app.preferences.zones import zone_of
from events_app.contracts import RecordedEvent
from events_app.log.history import events_between, head_of
from tasks_app import recurrence as rec
from tasks_app.editing.change import Change
from tasks_app.editing.draft import Draft
from tasks_app.models import Priority, Reminder
from tasks_app.operations.reminders.plan import instant_of, plan, take_off
from tasks_app.values.dues import due_of
from tasks_app.values.fields import AtInstant, AtWall, OnDay, TaskFields, When
from tasks_app.values.rows import Row

_OF_DUE: Final = frozenset({"due_at", "due_date", "due_on", "time_zone", "floating"})
_FOLLOW_ZONE: Final = _OF_DUE | {"reminders"}
_PRIORITIES: Final = {str(each.label): each for each in Priority}


@dataclass(frozen=True, slots=True)
class PastChange:
    """A change: the names of what it changed, the rows before and after, the zone that its owner was in then."""

    names: frozenset[str]
    before: Row
    after: Row
    zone: ZoneInfo

    @property
    def version(self) -> int:
        """Which version of the task the change made."""
        return int(self.after["version"])

    def still_holds(self, draft: Draft) -> bool:
        """Whether what the change set is what the task has; of a floating due, the clock on the wall says it."""
        values, now, due = (
            self._set_values(self.after),
            self._set_values(draft.lasting_row()),
            due_of(draft.task),
        )
        if values == now or not (self.after["floating"] and isinstance(due, rec.Floating)):
            return values == now
        return self._wall(self.after) == due.wall and _without_instants(values) == _without_instants(now)

    def fields(self) -> TaskFields:
        """Return what a caller would send to have the fields that changed as they were before."""
        row, names = self.before, self.names
        given: dict[str, Any] = {
            name: row[name] for name in ("title", "description", "completed") if name in names
        }
        if "priority" in names:
            given["priority"] = _PRIORITIES[row["priority"]]
        if "tags" in names:
            given["tags"] = tuple(row["tags"])
        if _OF_DUE.intersection(names):
            given.update(due=self._due(), time_zone=row["time_zone"], floating=row["floating"])
        return TaskFields(**given)

    def _set_values(self, row: Row) -> Row:
        """Return what of a row the change set, without what firing a reminder moves on."""
        values = {name: row[name] for name in self.names if name not in ("reminders", "reminder_at")}
        if "reminders" in self.names:
            values["reminders"] = [(each["id"], each["offset"], each["at"]) for each in row["reminders"]]
        return values

    def _due(self) -> When | None:
        row = self.before
        if row["due_on"]:
            return OnDay(date.fromisoformat(row["due_on"]))
        if row["floating"]:
            return AtWall(self._wall(row))
        return AtInstant(datetime.fromisoformat(row["due_at"])) if row["due_at"] else None

    def _wall(self, row: Row) -> datetime:
        return datetime.fromisoformat(row["due_at"]).astimezone(self.zone).replace(tzinfo=None)


def past_of(change: Change, event: RecordedEvent) -> PastChange:
    """Return what a change of the owner's did, by its event."""
    data: Any = event.data
    names, after = frozenset(data["changed_fields"]), data["task"]
    before = {**after, **data["previous"]}
    needs_zone = _FOLLOW_ZONE & names and (_follows_owner(before) or _follows_owner(after))
    return PastChange(names, before, after, _zone_then(change, event) if needs_zone else change.zone)


def restore_relations(change: Change, draft: Draft, past: PastChange) -> None:
    """Put back what no caller could send: reminders under their own ids, the moment of completion."""
    if "reminders" in past.names:
        _put_reminders(change, draft, past)
    if "completed_at" in past.names and past.before["completed_at"] is not None:
        draft.task.completed_at = datetime.fromisoformat(past.before["completed_at"])


def _follows_owner(row: Row) -> bool:
    """Whether the due is read in the zone that the owner is in."""
    return bool(row["floating"] or (row["due_on"] and not row["time_zone"]))


def _zone_then(change: Change, event: RecordedEvent) -> ZoneInfo:
    """Return the zone that the owner was in when an event was recorded."""
    moves = events_between(
        change.owner_id, after=event.seq, to=head_of(change.owner_id), types=("preferences.updated",)
    )
    names = (str(previous["time_zone"]) for previous in map(_previous, moves) if "time_zone" in previous)
    first = next(names, None)
    return change.zone if first is None else zone_of(first)


def _previous(event: RecordedEvent) -> Row:
    data: Any = event.data
    return dict(data["previous"])


def _without_instants(values: Row) -> Row:
    return {name: value for name, value in values.items() if name not in ("due_at", "due_date")}


def _put_reminders(change: Change, draft: Draft, past: PastChange) -> None:
    wanted: dict[int, Row] = {row["id"]: row for row in past.before["reminders"]}
    for reminder in [each for each in draft.reminders if each.pk not in wanted]:
        take_off(draft, reminder)
    on_task = {each.pk: each for each in draft.reminders}
    for found in Reminder.objects.filter(task=draft.task, pk__in=wanted).order_by("pk"):
        reminder = on_task.get(found.pk, found)
        _put_reminder(draft, reminder, wanted[reminder.pk], zone=past.zone)
        plan(change, draft, reminder, catches_up=False)
    draft.reminders.sort(key=lambda each: each.pk)


def _put_reminder(draft: Draft, reminder: Reminder, row: Row, *, zone: ZoneInfo) -> None:
    """Put a reminder as a row tells it, back on its task; snoozed if it would have fired at another instant."""
    reminder.offset, reminder.removed = row["offset"], False
    reminder.at = datetime.fromisoformat(row["at"]) if row["at"] else None
    reminder.snoozed_until = None
    if row["status"] == "pending" and row["fire_at"]:
        fired_at = datetime.fromisoformat(row["fire_at"])
        reminder.snoozed_until = fired_at if fired_at != instant_of(draft.task, reminder, zone) else None
    if all(each is not reminder for each in draft.reminders):
        draft.reminders.append(reminder)
    draft.touch(reminder)
