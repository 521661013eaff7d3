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
# How far back before a change a move of the owner is looked for.
_REACH: Final = 10_000
_PRIORITIES: Final = {str(each.label): each for each in Priority}


@dataclass(frozen=True, slots=True)
class PastChange:
    """A change: the names of what it changed, the rows before and after, the zone that its owner was in then.

    Where the change was the first after a move of the owner, what floats was before it as in the `zone_before`.
    """

    names: frozenset[str]
    before: Row
    after: Row
    zone: ZoneInfo
    zone_before: ZoneInfo

    @property
    def version(self) -> int:
        """Which version of the task the change made."""
        return int(self.after["version"])

    def names_changed_since(self, draft: Draft) -> list[str]:
        """Return what the change set and the task has otherwise now; a floating due is as the clock on the wall is."""
        values, now = self._set_values(self.after), self._set_values(draft.lasting_row())
        due, excepted = due_of(draft.task), set[str]()
        if isinstance(due, rec.Floating) and wall_in(self.after, self.zone) == due.wall:
            excepted = {"due_at", "due_date"}
        names = {name for name in self.names - excepted if values.get(name) != now.get(name)}
        if "reminders" in self.names and not self._follows_zone and self._is_snoozed_since(draft):
            names.add("reminders")
        return sorted(names)

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

    @property
    def _follows_zone(self) -> bool:
        """Whether reminders fire at other instants when the owner moves."""
        return _follows_owner(self.before) or _follows_owner(self.after)

    def _is_snoozed_since(self, draft: Draft) -> bool:
        """Whether a reminder that has waited since the change waits for another instant now."""
        now = {each["id"]: each for each in draft.lasting_row()["reminders"]}
        both = [(each, now[each["id"]]) for each in self.after["reminders"] if each["id"] in now]
        waiting = [(then, row) for then, row in both if then["status"] == row["status"] == "pending"]
        return any(then["fire_at"] != row["fire_at"] for then, row in waiting)

    def _due(self) -> When | None:
        row = self.before
        if row["due_on"]:
            return OnDay(date.fromisoformat(row["due_on"]))
        if wall := wall_in(row, self.zone_before):
            return AtWall(wall)
        return AtInstant(datetime.fromisoformat(row["due_at"])) if row["due_at"] else None


def past_of(change: Change, event: RecordedEvent) -> PastChange:
    """Return what a change of the owner's did, by its event."""
    data: Any = event.data
    names, after = frozenset(data["changed_fields"]), data["task"]
    before = {**after, **data["previous"]}
    if not _FOLLOW_ZONE & names or not (_follows_owner(before) or _follows_owner(after)):
        return PastChange(names, before, after, change.zone, change.zone)
    zone = _zone_then(change, event)
    if zone_before := _zone_left(change, event, before=before, after=wall_in(after, zone)):
        return PastChange(names - {"due_at", "due_date"}, before, after, zone, zone_before)
    return PastChange(names, before, after, zone, zone)


def wall_in(row: Row, zone: ZoneInfo) -> datetime | None:
    """Return on which wall time a floating due of a row is, read in a zone; None for any other due."""
    if not row["floating"] or not row["due_at"]:
        return None
    return datetime.fromisoformat(row["due_at"]).astimezone(zone).replace(tzinfo=None)


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


def _zone_left(
    change: Change, event: RecordedEvent, *, before: Row, after: datetime | None
) -> ZoneInfo | None:
    """Return the zone that the owner had left before an event, if all that it did to a due was to follow them."""
    if after is None or "due_at" not in event.data["changed_fields"]:  # type: ignore[operator]
        return None
    since = max(0, event.seq - _REACH)
    moves = events_between(change.owner_id, after=since, to=event.seq, types=("preferences.updated",))
    zones = [zone_of(str(each["time_zone"])) for each in map(_previous, moves) if "time_zone" in each]
    return next((zone for zone in reversed(zones) if wall_in(before, zone) == after), None)


def _previous(event: RecordedEvent) -> Row:
    data: Any = event.data
    return dict(data["previous"])


def _put_reminders(change: Change, draft: Draft, past: PastChange) -> None:
    wanted: dict[int, Row] = {row["id"]: row for row in past.before["reminders"]}
    for reminder in [each for each in draft.reminders if each.pk not in wanted]:
        take_off(draft, reminder)
    on_task = {each.pk: each for each in draft.reminders}
    for found in Reminder.objects.filter(task=draft.task, pk__in=wanted).order_by("pk"):
        reminder = on_task.get(found.pk, found)
        _put_reminder(draft, reminder, wanted[reminder.pk], zone=past.zone_before)
        plan(change, draft, reminder, catches_up=False)
        _put_cancelled_instant(reminder, wanted[reminder.pk])
        _put_fired(reminder, wanted[reminder.pk])
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


def _put_fired(reminder: Reminder, row: Row) -> None:
    """Have a reminder that had fired be fired again, without firing, where what was planned since lies behind."""
    if row["status"] == Reminder.Status.FIRED and reminder.status == Reminder.Status.CANCELLED:
        reminder.status, reminder.reason, reminder.late = Reminder.Status.FIRED, "", row["late"]
        reminder.fire_at = reminder.fired_at = datetime.fromisoformat(row["fire_at"])


def _put_cancelled_instant(reminder: Reminder, row: Row) -> None:
    """Have a reminder that is cancelled, as it was, say what it would have fired at then: nothing, if never planned."""
    if row["status"] == reminder.status == Reminder.Status.CANCELLED:
        reminder.fire_at = datetime.fromisoformat(row["fire_at"]) if row["fire_at"] else None
