"""Operations of one transaction, in order; most of them wait for the others, to be written together."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Final

from django.db import transaction

from events_app.log.append import CausedPayload
from foundation.context import Provenance, provenance
from foundation.database import sql
from foundation.database.row_writes import deletion
from foundation.http.errors import DomainError
from tasks_app import recurrence as rec
from tasks_app.editing.change import Change
from tasks_app.editing.draft import PendingSave, save_all
from tasks_app.models import Tag
from tasks_app.operations.bulk.once import DoneBefore, OnceOnly
from tasks_app.operations.bulk.operations import Done, Operation, Verb
from tasks_app.operations.bulk.verbs import APART, carry_out
from tasks_app.operations.tags.links import Quota, load_tags
from tasks_app.queries.tasks import FullTask
from tasks_app.values.fields import UNSET, Scope
from tasks_app.values.tag_names import first_spellings

_WHOLE_SERIES: Final = (Scope.FUTURE, Scope.ALL)


class BulkOperationRefused(Exception):
    """One of the operations cannot be carried out, so none was."""

    def __init__(self, index: int, error: DomainError) -> None:
        self.index, self.error = index, error
        super().__init__(f"operation {index}: {error}")


class Batch:
    """Operations of one transaction, in order; an operation sees what those before it did.

    Until it is written an operation changes nothing but its draft, so that one that is refused is simply left out.
    What reads and writes rows of a series, or the history, has what waits written first, and goes by itself in a
    savepoint.
    """

    def __init__(self, change: Change, operations: Sequence[Operation], *, is_atomic: bool) -> None:
        self._change, self._operations, self._is_atomic = change, operations, is_atomic
        self._once = OnceOnly(change, operations)
        self._pending_saves: list[PendingSave] = []
        self._pending_sources: list[Provenance | None] = []
        self._outcomes: list[FullTask | DomainError | DoneBefore | None] = []
        self._results: list[Done | DomainError] = []

    def execute(self) -> list[Done | DomainError]:
        """Return what came of each, or its refusal. Raises BulkOperationRefused where it is all or nothing."""
        names = first_spellings(name for each in self._operations for name in _tags(each))
        made = load_tags(self._change, names, quota=Quota.LENIENT)
        for index, operation in enumerate(self._operations):
            try:
                self._outcomes.append(self._execute_once(index, operation))
            except DomainError as error:
                if self._is_atomic:
                    raise BulkOperationRefused(index, error) from error
                self._outcomes.append(error)
        self._write()
        self._delete_new_tags(made)
        self._once.store(self._results)
        return self._results

    def _execute_once(self, index: int, operation: Operation) -> FullTask | DoneBefore | None:
        done = self._once.find(operation)
        if done is not None:
            return done
        outcome = self._execute_operation(operation)
        self._once.note(index, operation)
        return outcome

    def _execute_operation(self, operation: Operation) -> FullTask | None:
        if not self._can_wait(operation):
            self._write()
            return self._execute_isolated(operation)
        full = self._change.loaded.get(operation.task_id)
        task = carry_out(replace(self._change, pending_saves=self._pending_saves), operation)
        missing = len(self._pending_saves) - len(self._pending_sources)
        self._pending_sources += [_source_of(operation)] * missing
        if full is not None and full.task.series_id is not None:
            self._change.series_in_order.discard(full.task.series_id)
        return task

    def _can_wait(self, operation: Operation) -> bool:
        """Whether nothing but the task itself is read and written."""
        if operation.verb in APART or operation.scope in _WHOLE_SERIES:
            return False
        recurs = isinstance(operation.fields.recurrence, rec.Recurrence)
        if operation.verb is Verb.CREATE:
            return not (recurs and operation.fields.completed is True)
        full = self._change.loaded.get(operation.task_id)
        if full is None:
            return False
        if full.task.series_id is None:
            return not (recurs and full.task.completed_at is not None)
        return full.task.series_id in self._change.series_in_order and _stays_in_series(operation)

    def _execute_isolated(self, operation: Operation) -> FullTask | None:
        if operation.verb is Verb.UNDO:
            self._change.flush()  # it reads the history
        events = self._change.payloads or []
        before = len(events)
        try:
            with nullcontext() if self._is_atomic else transaction.atomic():
                task = carry_out(self._change, operation)
        except DomainError:
            del events[before:]
            raise
        finally:
            self._change.loaded.pop(operation.task_id, None)
            self._forget_series()
        self._attribute(before, {}, else_to=_source_of(operation))
        return task

    def _forget_series(self) -> None:
        """Have occurrences read again: one that was changed may have changed others."""
        self._change.series_in_order.clear()
        for task_id in [pk for pk, full in self._change.loaded.items() if full.task.series_id is not None]:
            del self._change.loaded[task_id]

    def _write(self) -> None:
        """Write what waits, and take down how the tasks look now: the next operation may change one again."""
        before = len(self._change.payloads or ())
        save_all(self._change, self._pending_saves)
        drafts = [each.draft for each in self._pending_saves]
        sources = zip(drafts, self._pending_sources, strict=True)
        self._attribute(before, {draft.task.pk: source for draft, source in sources if source})
        self._pending_saves.clear()
        self._pending_sources.clear()
        for outcome in self._outcomes[len(self._results) :]:
            self._results.append(self._result(outcome))

    def _result(self, outcome: FullTask | DomainError | DoneBefore | None) -> Done | DomainError:
        if isinstance(outcome, DomainError):
            return outcome
        if isinstance(outcome, DoneBefore):
            first = None if outcome.index is None else self._results[outcome.index]
            return Done(first.row if isinstance(first, Done) else outcome.row, is_repeated=True)
        return Done(None if outcome is None else outcome.row(now=self._change.at))

    def _attribute(
        self, first: int, by_task: Mapping[int, Provenance], *, else_to: Provenance | None = None
    ) -> None:
        """Have events from the `first` on say which operation their client named they come from."""
        events = self._change.payloads or []
        if not by_task and else_to is None:
            return
        for place in range(first, len(events)):
            event = events[place]
            if not isinstance(event, CausedPayload):
                source = by_task.get(event.about_task or 0, else_to)
                events[place] = event if source is None else CausedPayload(event, source)

    def _delete_new_tags(self, made: Sequence[Tag]) -> None:
        """Take away the tags that only refused operations asked for."""
        carried_out = zip(self._operations, self._outcomes, strict=True)
        names = [
            name for each, what in carried_out if not isinstance(what, DomainError) for name in _tags(each)
        ]
        used = first_spellings(names)
        unused = Tag.objects.filter(pk__in=[tag.pk for tag in made if tag.key not in used])
        # An undo may have found one of them.
        if gone := list(unused.filter(task_links=None, series_links=None).values_list("pk", flat=True)):
            sql.execute(*deletion(Tag, "id", gone))


def _source_of(operation: Operation) -> Provenance | None:
    """Return where the events of an operation come from that its client has named."""
    if operation.name is None:
        return None
    return replace(provenance(), client_request_id=operation.name.name)


def _tags(operation: Operation) -> Sequence[str]:
    """Return the names of the tags that an operation gives to its task."""
    fields = operation.fields
    whole = () if fields.tags is UNSET else fields.tags
    return whole if fields.add_tags is UNSET else (*whole, *fields.add_tags)


def _stays_in_series(operation: Operation) -> bool:
    """Whether an operation leaves the series of an occurrence, and its other occurrences, as they are."""
    if operation.verb is Verb.UPDATE:
        return operation.fields.recurrence is UNSET and operation.fields.completed is not False
    return operation.verb is Verb.COMPLETE
