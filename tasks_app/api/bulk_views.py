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
from events_app.http import DomainError, FieldProblem
from events_app.problems import problem_of
from tasks_app.api.bulk_reading import BulkSerializer, Reader, Refusal
from tasks_app.api.serializers import TaskAnswerSerializer
from tasks_app.api.views import TasksApi
from tasks_app.errors import InvalidInput, NotFound
from tasks_app.operations.bulk import Operation, OperationRefused, Verb, carry_out_all, carry_out_each
from tasks_app.rows import Row

MAX_BODY_BYTES: Final = 5 * 1024 * 1024
_STATUS: Final = {Verb.CREATE: status.HTTP_201_CREATED, Verb.DELETE: status.HTTP_204_NO_CONTENT}
_NOTHING_DONE: Final = "Nothing was done; see errors."


class ResultSerializer(serializers.Serializer[Any]):
    """What came of one operation: a status as the single call has it, with the task or the problem.

    A long answer that is given again for its Idempotency-Key has the tasks as they are now; of those that are not
    there any more it has `id` and `version` instead.
    """

    index = serializers.IntegerField()
    status = serializers.IntegerField()
    task = TaskAnswerSerializer(required=False)
    id = serializers.IntegerField(required=False)
    version = serializers.IntegerField(required=False)
    problem = serializers.DictField(required=False, help_text="A problem document; only where not atomic.")


class ResultsSerializer(serializers.Serializer[Any]):
    """One result for each operation, in order."""

    results = ResultSerializer(many=True)


class BulkView(TasksApi):
    """Create, change, complete, reopen and delete many tasks."""

    serializer_class = BulkSerializer
    max_body_bytes = MAX_BODY_BYTES

    @extend_schema(
        operation_id="change_many_tasks",
        request=BulkSerializer,
        responses={200: ResultsSerializer, 207: ResultsSerializer},
    )
    def post(self, request: Request, **_: str) -> Response:
        """Carry out up to 1,000 operations in order: all or none (200), or each for itself (207)."""
        body = BulkSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        items, at = body.validated_data["operations"], timezone.now()
        charge_operations(self, len(items))
        reader = Reader(items, by=self.caller, at=at)
        read = [reader.read(item) for item in items]
        if body.validated_data["atomic"]:
            operations = _all_good(read)
            rows = _all_or_none(operations, by=self.caller, at=at)
            results = [
                _done(i, operation, row)
                for i, (operation, row) in enumerate(zip(operations, rows, strict=True))
            ]
            return Response({"results": results})
        return Response({"results": list(_each(read, by=self.caller, at=at))}, status=207)


def _all_good(read: Sequence[Operation | Refusal]) -> list[Operation]:
    wrong = [(index, each) for index, each in enumerate(read) if not isinstance(each, Operation)]
    if wrong:
        errors = [problem for index, refusal in wrong for problem in _located(index, refusal)]
        raise InvalidInput(_NOTHING_DONE, errors=errors)
    return [each for each in read if isinstance(each, Operation)]


def _all_or_none(operations: Sequence[Operation], **who_and_when: Any) -> list[Row | None]:
    try:
        return carry_out_all(operations, **who_and_when)
    except OperationRefused as refused:
        errors = list(_located(refused.index, refused.error, inside="fields."))
        raise InvalidInput(_NOTHING_DONE, errors=errors) from refused


def _each(read: Sequence[Operation | Refusal], **who_and_when: Any) -> Iterator[Row]:
    operations = [each for each in read if isinstance(each, Operation)]
    outcomes = iter(carry_out_each(operations, **who_and_when))
    for index, each in enumerate(read):
        if not isinstance(each, Operation):
            yield _refused(index, each)
            continue
        outcome = next(outcomes)
        if isinstance(outcome, DomainError):
            yield _refused(index, outcome)
        else:
            yield _done(index, each, outcome)


def _refused(index: int, refusal: Refusal) -> Row:
    problem = problem_of(refusal)
    return {"index": index, "status": problem.status, "problem": problem.document()}


def _done(index: int, operation: Operation, row: Row | None) -> Row:
    result: Row = {"index": index, "status": _STATUS.get(operation.verb, status.HTTP_200_OK)}
    return result if row is None else {**result, "task": row}


def _located(index: int, refusal: Refusal, *, inside: str = "") -> Iterator[FieldProblem]:
    """Say where in the call the reasons of a refusal stand."""
    problem = problem_of(refusal)
    here = f"operations[{index}]"
    for each in problem.errors:
        yield replace(each, field=f"{here}.{inside}{each.field}" if each.field else here)
    if not problem.errors:
        at = f"{here}.id" if isinstance(refusal, NotFound) else here
        yield FieldProblem(at, problem.code, problem.detail)
