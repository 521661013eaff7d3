"""Many changes of tasks in one call."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts_app.api.throttles import charge_operations
from accounts_app.errors import KeyReused
from foundation.http.error_bounds import MAX_ERRORS
from foundation.http.errors import FieldProblem
from foundation.http.problems import Problem, problem_of
from tasks_app.api.answers import TaskAnswerSerializer
from tasks_app.api.bulk_reading import Reader, Refusal
from tasks_app.api.bulk_serializers import BulkSerializer
from tasks_app.api.views import TasksApi
from tasks_app.errors import InvalidInput, NotFound, VersionMismatch
from tasks_app.operations.bulk.batch import BulkOperationRefused
from tasks_app.operations.bulk.execution import execute_all, execute_each
from tasks_app.operations.bulk.operations import Done, Operation, Verb
from tasks_app.values.rows import Row

# Which part of an operation a refusal is about that names no field.
_PARTS: Final[Sequence[tuple[type[Exception], str]]] = (
    (NotFound, ".id"),
    (VersionMismatch, ".if_match"),
    (KeyReused, ".client_request_id"),
)
_NOTHING_DONE: Final = "Nothing was done; see errors."


class ResultSerializer(serializers.Serializer[Any]):
    """What came of one operation: a status as the single call has it, with the task or the problem.

    A long answer that is given again, for an Idempotency-Key or a client_request_id, has the tasks as they are now; of
    those that are not there any more it has `id` and `version` instead.
    """

    index = serializers.IntegerField()
    status = serializers.IntegerField()
    task = TaskAnswerSerializer(required=False)
    id = serializers.IntegerField(required=False)
    version = serializers.IntegerField(required=False)
    replayed = serializers.BooleanField(
        required=False, help_text="True: it was done before under its client_request_id, and not now."
    )
    problem = serializers.DictField(required=False, help_text="A problem document; only where not atomic.")


class ResultsSerializer(serializers.Serializer[Any]):
    """One result for each operation, in order."""

    results = ResultSerializer(many=True)


class BulkView(TasksApi):
    """Create, change, complete, reopen, delete, restore, skip, detach many tasks, and undo changes of them."""

    serializer_class = BulkSerializer

    @extend_schema(
        operation_id="change_many_tasks",
        request=BulkSerializer,
        responses={200: ResultsSerializer, 207: ResultsSerializer},
    )
    def post(self, request: Request, **_: str) -> Response:
        """Carry out up to 1,000 operations in order: all or none (200), or each for itself (207).

        An operation sees what those before it did. One with a `client_request_id` is done once within 24 hours: again
        it is answered the same, `replayed`, and with another content it is 422.
        Where all or none is done, nothing is read beyond the fiftieth operation that is refused. Else each refusal
        has its problem: those that name more than one error share a bound of fifty.
        """
        body = BulkSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        items, at = body.validated_data["operations"], timezone.now()
        charge_operations(self, len(items))
        reader = Reader(items, by=self.caller, at=at)
        is_atomic = body.validated_data["atomic"]
        read = reader.read_all(items, is_atomic=is_atomic)
        if is_atomic:
            operations = _all_readable(read, of=len(items))
            done = _execute_atomically(operations, by=self.caller, at=at)
            results = [
                _done_row(i, operation, each)
                for i, (operation, each) in enumerate(zip(operations, done, strict=True))
            ]
            return Response({"results": results})
        return Response({"results": list(_execute_each(read, by=self.caller, at=at))}, status=207)


def _all_readable(read: Sequence[Operation | Refusal], *, of: int) -> list[Operation]:
    refusals = [(index, each) for index, each in enumerate(read) if not isinstance(each, Operation)]
    if refusals:
        raise _nothing_done(refusals, unread=of - len(read))
    return [each for each in read if isinstance(each, Operation)]


def _nothing_done(
    refusals: Sequence[tuple[int, Refusal]], *, unread: int = 0, inside: str = ""
) -> InvalidInput:
    """Return why a call does nothing: where in it the reasons of each refusal stand."""
    errors: list[FieldProblem] = []
    more = 0
    for index, refusal in refusals:
        problem = problem_of(refusal)
        more += problem.more_errors
        errors += _locate(index, refusal, problem, inside=inside)
    more += max(0, len(errors) - MAX_ERRORS)
    detail = _NOTHING_DONE
    if more:
        detail += f" It names {MAX_ERRORS}, and {more:,} more were found."
    if unread:
        detail += f" The last {unread:,} operations were not read."
    return InvalidInput(detail, errors=errors[:MAX_ERRORS], more_errors=more)


def _execute_atomically(operations: Sequence[Operation], **who_and_when: Any) -> list[Done]:
    try:
        return execute_all(operations, **who_and_when)
    except BulkOperationRefused as refused:
        raise _nothing_done([(refused.index, refused.error)], inside="fields.") from refused


def _execute_each(read: Sequence[Operation | Refusal], **who_and_when: Any) -> Iterator[Row]:
    operations = [each for each in read if isinstance(each, Operation)]
    outcomes = iter(execute_each(operations, **who_and_when))
    room = MAX_ERRORS
    for index, each in enumerate(read):
        outcome = next(outcomes) if isinstance(each, Operation) else each
        if isinstance(outcome, Refusal):
            refused = _refusal_row(index, outcome, most_errors=max(1, room))
            room -= len(refused["problem"]["errors"])
            yield refused
        elif isinstance(each, Operation):
            yield _done_row(index, each, outcome)


def _refusal_row(index: int, refusal: Refusal, *, most_errors: int) -> Row:
    problem = problem_of(refusal)
    document = problem.document(most_errors=most_errors)
    return {"index": index, "status": problem.status, "problem": document}


def _done_row(index: int, operation: Operation, done: Done) -> Row:
    made = operation.verb is Verb.CREATE
    code = status.HTTP_201_CREATED if made else status.HTTP_200_OK
    replayed = {"replayed": True} if done.is_repeated else {}
    if done.row is None:
        return {"index": index, "status": status.HTTP_204_NO_CONTENT, **replayed}
    task = {"task": done.row} if "title" in done.row else done.row
    return {"index": index, "status": code, **replayed, **task}


def _locate(index: int, refusal: Refusal, problem: Problem, *, inside: str) -> Iterator[FieldProblem]:
    """Say where in the call the reasons of a refusal stand."""
    here = f"operations[{index}]"
    for each in problem.errors:
        yield replace(each, field=f"{here}.{inside}{each.field}" if each.field else here)
    if not problem.errors:
        part = next((part for kind, part in _PARTS if isinstance(refusal, kind)), "")
        yield FieldProblem(f"{here}{part}", problem.code, problem.detail)
