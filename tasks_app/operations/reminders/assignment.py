"""Which reminders a task has: those that a person sends, those of a series' template. Called inside `changing`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from foundation.database.row_writes import new_row
from tasks_app import recurrence as rec
from tasks_app.editing.change import Change
from tasks_app.editing.draft import Draft
from tasks_app.errors import InvalidInput, refusals
from tasks_app.models import Reminder
from tasks_app.operations.reminders.plan import MAX_REMINDERS, plan, take_off
from tasks_app.values.dues import due_of
from tasks_app.values.fields import AtInstant, ReminderInput
from tasks_app.values.rows import Row, reminder_row


@dataclass(frozen=True, slots=True)
class Wanted:
    """A wanted reminder with its instant made definite."""

    offset: rec.Offset | None
    at: datetime | None
    given: ReminderInput

    @property
    def identity(self) -> tuple[int, int] | datetime | None:
        """See `identity_of`."""
        return (self.offset.days, self.offset.seconds) if self.offset else self.at


def set_reminders(
    change: Change, draft: Draft, inputs: Sequence[ReminderInput], *, catches_up: bool = True
) -> None:
    """Make the task's reminders the wanted ones: kept where they are the same, taken off where not wanted.

    For what a person sends. Raises InvalidInput for an offset without a due, an instant that has passed or that
    the calendar lacks, more than 20 unless the task has them all.
    """
    wanted = _distinct([_as_translated(draft, definite(change, draft, given)) for given in inputs])
    kept = _matched(draft, wanted)
    if len(wanted) > MAX_REMINDERS and len(kept) < len(wanted):
        raise InvalidInput.of("reminders", "too_many", f"A task has at most {MAX_REMINDERS} reminders.")
    for index, each in enumerate(wanted):
        if index not in kept:
            check_wanted(change, draft, each)
    _replace_reminders(change, draft, wanted, kept, catches_up=catches_up)


def set_offsets(change: Change, draft: Draft, offsets: Sequence[str]) -> None:
    """Make the task's reminders those at the stored `offsets`, as `set_reminders` does.

    What is stored was accepted once, so nothing is refused: what cannot be planned is cancelled with its reason.
    """
    wanted = _distinct([Wanted(rec.load_offset(text), None, ReminderInput()) for text in offsets])
    present = {identity_of(reminder): reminder for reminder in draft.reminders}
    kept = {index: present[each.identity] for index, each in enumerate(wanted) if each.identity in present}
    _replace_reminders(change, draft, wanted, kept, catches_up=False)


def _distinct(wanted: Sequence[Wanted]) -> list[Wanted]:
    """Return the wanted reminders without repetitions, the first of each, in order."""
    first = {each.identity: each for each in reversed(wanted)}
    return [each for each in wanted if first[each.identity] is each]


def _replace_reminders(
    change: Change, draft: Draft, wanted: Sequence[Wanted], kept: Mapping[int, Reminder], *, catches_up: bool
) -> None:
    for reminder in draft.reminders:
        if reminder not in kept.values():
            take_off(draft, reminder)
    for index, each in enumerate(wanted):
        if index not in kept:
            insert_reminder(change, draft, each, catches_up=catches_up)


def add_reminder_row(change: Change, draft: Draft, wanted: Wanted) -> Reminder:
    """Put one more reminder that a person wants on the task and plan it. Raises InvalidInput."""
    check_wanted(change, draft, wanted)
    return insert_reminder(change, draft, wanted, catches_up=True)


def insert_reminder(change: Change, draft: Draft, wanted: Wanted, *, catches_up: bool) -> Reminder:
    """Put one more reminder on the task and plan it; nothing is refused."""
    reminder = new_row(
        Reminder,
        owner_id=change.owner_id,
        offset=wanted.offset.text if wanted.offset else None,
        at=wanted.at,
        status=Reminder.Status.CANCELLED,
        reason=Reminder.Reason.NO_DUE,
    )
    reminder.task = draft.task
    draft.reminders.append(reminder)
    draft.touch(reminder)
    plan(change, draft, reminder, catches_up=catches_up)
    return reminder


def translate_reminders(change: Change, draft: Draft, *, old: rec.Due, new: rec.Due, recurs: bool) -> None:
    """Have the reminders of a task whose due has become one of another kind fire at the same time of day.

    Those of a recurring task by the clock on the wall, since they are those of coming occurrences too. Two that
    become the same are one. Plan them afterwards.
    """
    if isinstance(old, rec.Day) == isinstance(new, rec.Day):
        return
    seen: set[object] = set()
    for reminder in list(draft.reminders):
        if reminder.offset is not None:
            read = rec.load_offset(reminder.offset)
            draft.translated[reminder.pk] = reminder.offset
            reminder.offset = (
                rec.translate_offset(read, rec.slot_of(old), rec.slot_of(new))
                if recurs
                else rec.translate_offset_once(read, old, new, change.zone)
            ).text
            draft.touch(reminder)
        if identity_of(reminder) in seen:
            take_off(draft, reminder)
        seen.add(identity_of(reminder))


def identity_of(reminder: Reminder) -> tuple[int, int] | datetime | None:
    """What tells a reminder from the others of its task: two of the same would remind twice of one thing."""
    if reminder.offset is None:
        return reminder.at
    offset = rec.load_offset(reminder.offset)
    return offset.days, offset.seconds


def definite(change: Change, draft: Draft, given: ReminderInput) -> Wanted:
    """Return a wanted reminder with a wall time read in the task's zone, whole seconds."""
    if given.at is None:
        return Wanted(given.offset, None, given)
    due = due_of(draft.task)
    zone = rec.zone_of_due(due, change.zone) if due else change.zone
    with refusals(given.field("at")):
        instant = (
            given.at.instant
            if isinstance(given.at, AtInstant)
            else rec.resolve_slot(given.at.wall, zone, fold=0).instant
        )
    return Wanted(None, instant.astimezone(UTC).replace(microsecond=0), given)


def _matched(draft: Draft, wanted: Sequence[Wanted]) -> dict[int, Reminder]:
    """Return, by index, the reminders on the task that are wanted again."""
    present = {identity_of(reminder): reminder for reminder in draft.reminders}
    by_id = {reminder.pk: reminder for reminder in draft.reminders}
    found = {}
    for index, each in enumerate(wanted):
        reminder = present.get(each.identity)
        check_echo(each.given, by_id, reminder, before=draft.stored)
        if reminder is not None:
            found[index] = reminder
    return found


def _as_translated(draft: Draft, wanted: Wanted) -> Wanted:
    """Return a reminder that a client sends back as it read it with the offset that it was translated to since."""
    named = wanted.given.echoed.get("id")
    if not isinstance(named, int) or wanted.offset is None or named not in draft.translated:
        return wanted
    read = rec.load_offset(draft.translated[named])
    now = next((each.offset for each in draft.reminders if each.pk == named), None)
    if now is None or (read.days, read.seconds) != wanted.identity:
        return wanted
    return replace(wanted, offset=rec.load_offset(now))


def check_echo(
    given: ReminderInput, by_id: dict[int, Reminder], reminder: Reminder | None, *, before: Row | None = None
) -> None:
    """Accept what a client was given and sends back; anything else of it cannot be set: InvalidInput.

    `before` is the row of the task that clients read, whatever the same call has changed since.
    """
    if not given.echoed:
        return
    named = given.echoed.get("id")
    source = by_id.get(named) if isinstance(named, int) else reminder
    rows = [] if source is None else [reminder_row(source)]
    rows += [each for each in (before or {}).get("reminders", ()) if source and each["id"] == source.pk]
    # Firing changes no version of the task, so a client may have read it as it was before.
    rows += [{**row, "status": Reminder.Status.PENDING.value, "reason": None, "late": False} for row in rows]
    for name, value in given.echoed.items():
        if all(name not in row or row[name] != value for row in rows):
            raise InvalidInput.of(given.field(name), "read_only", "This field can not be set.")


def check_wanted(change: Change, draft: Draft, wanted: Wanted) -> None:
    """Raise InvalidInput for an instant that has passed, or an offset that does not go with the due."""
    given = wanted.given
    if wanted.at is not None:
        if wanted.at <= change.at - timedelta(seconds=1):
            raise InvalidInput.of(given.field("at"), "past", "This instant has passed.")
        return
    due = due_of(draft.task)
    if due is None:
        raise InvalidInput.of(given.field("offset"), "no_due", "An offset needs a due to count from.")
    if wanted.offset is not None:
        with refusals(given.field("offset")):
            rec.check_offset(wanted.offset, due)
            rec.fire_at(due, wanted.offset, change.zone)
