"""Which change of a task is to be taken back: found in its owner's history, newest first.

What an undo took back is in force no more, and neither is that undo; an undo that was itself taken back leaves what it
had taken back in force.
"""

from collections.abc import Iterator
from itertools import takewhile
from typing import Any, Final

from accounts_app.operations.write_rates.charging import charge_writes
from events_app.contracts import RecordedEvent
from events_app.log.history import iterate_events_of_task
from tasks_app.errors import ChangedSince, NothingToUndo
from tasks_app.models import Task

TYPES: Final = ("task.created", "task.updated", "task.completed", "task.deleted")
# How far back in the user's history a change is looked for.
REACH: Final = 10_000
# People, and agents: these act for the owner of the history alone.
_PEOPLE: Final = ("user", "agent")
_MOST_NAMED: Final = 10
# A call of many undos would read the history of its tasks again for each: with the square of their number.
_EVENTS_PER_WRITE: Final = 20


class PastChanges:
    """The changes of one task under its owner's lock, read from the history as far as they are asked for.

    Each twenty that are read count as one more write of the owner: every method raises TooManyWrites.
    """

    def __init__(self, owner_id: int, task: Task) -> None:
        self._owner_id, self._task = owner_id, task
        self._read: list[RecordedEvent] = []
        self._rest = iterate_events_of_task(owner_id, task.pk, types=TYPES, reach=REACH)

    def last_in_force(self) -> RecordedEvent:
        """Return the owner's or their agents' last change that is in force. Raises NothingToUndo.

        Passes over what the platform alone changed since.
        """
        for event in self._in_force():
            if self._is_of_rule(event):
                break
            if self._is_own(event):
                return event
            if event.type != "task.updated":
                break
        raise NothingToUndo

    def that_made(self, version: int) -> RecordedEvent:
        """Return the change that made a version.

        Raises NothingToUndo where there is none of the owner's or their agents'; ChangedSince where it was taken back
        already, or made or deleted the task and something else was done to it since.
        """
        event = self._event_of(version)
        if not self._is_own(event) or self._is_of_rule(event):
            raise NothingToUndo(
                f"Version {version} was made by the platform, not by you or an agent of yours."
            )
        if event.type in ("task.created", "task.deleted"):
            self._refuse_later_work(version)
        return event

    def has_work_besides(self, version: int) -> bool:
        """Whether anybody's change is in force since the rule of a series made the task, beside the one of a version.

        True as well where no rule has made it, or the log does not tell.
        """
        for event in self._in_force(undone={version}):
            if event.data.get("by_rule"):
                return False
            if _is_work(event):
                return True
        return True

    def _event_of(self, version: int) -> RecordedEvent:
        if version > self._task.version:
            raise NothingToUndo(
                f"The task is at version {self._task.version}; there is no version {version} yet."
            )
        undone: set[int] = set()
        for event in self._events():
            made = version_made_by(event)
            if made < version:
                break
            if made in undone:
                if made == version:
                    raise ChangedSince(f"What made version {version} has been taken back already.")
            elif made == version:
                return event
            else:
                undone |= _taken_back_by(event)
        raise NothingToUndo(f"The history no longer tells what version {version} changed.")

    def _refuse_later_work(self, version: int) -> None:
        made = ((version_made_by(event), event) for event in self._in_force())
        since = takewhile(lambda each: each[0] > version, made)
        if later := sorted(number for number, event in since if _is_work(event)):
            named = ", ".join(map(str, later[:_MOST_NAMED]))
            raise ChangedSince(
                f"Later changes of this task stand on version {version}: {named}. Undo these first."
            )

    def _in_force(self, *, undone: set[int] | None = None) -> Iterator[RecordedEvent]:
        """Yield changes without undos and what these took back, and without those that are `undone`."""
        undone = set(undone or ())
        for event in self._events():
            if version_made_by(event) in undone:
                continue
            if back := _taken_back_by(event):
                undone |= back
            else:
                yield event

    def _events(self) -> Iterator[RecordedEvent]:
        yield from self._read
        for event in self._rest:
            self._read.append(event)
            if len(self._read) % _EVENTS_PER_WRITE == 0:
                charge_writes(self._owner_id)
            yield event

    def _is_own(self, event: RecordedEvent) -> bool:
        actor = event.actor
        return actor.type == "agent" or (actor.type, actor.id) == ("user", str(self._owner_id))

    def _is_of_rule(self, event: RecordedEvent) -> bool:
        """Whether a rule made the change: nobody's, whoever was the first to ask. Rows of older releases do not say."""
        is_last_of_rule = version_made_by(event) == self._task.rule_version
        return not _taken_back_by(event) and (bool(event.data.get("by_rule")) or is_last_of_rule)


def version_made_by(event: RecordedEvent) -> int:
    """Return which version of its task an event made."""
    row: Any = event.data["task"]
    return int(row["version"])


def _taken_back_by(event: RecordedEvent) -> set[int]:
    """Return the version whose change an event took back, if it is an undo."""
    undoes: Any = event.data.get("undoes")
    return set() if undoes is None else {undoes}


def _is_work(event: RecordedEvent) -> bool:
    """Whether an event is more than the platform having a task follow its owner's zone."""
    return event.actor.type in _PEOPLE or event.type != "task.updated"
