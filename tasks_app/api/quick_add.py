"""Quick add: reading a line of everyday language, and making a task of it."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final, cast, get_args
from zoneinfo import ZoneInfo

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts_app.credentials.scopes import READ_ACCESS
from foundation.http import shapes
from foundation.http.error_bounds import MAX_ERRORS
from foundation.http.fields import JSONNumberField, TextField
from foundation.http.serializers import ShortListField, StrictSerializer
from tasks_app import recurrence as rec
from tasks_app.api.answers import TaskAnswerSerializer
from tasks_app.api.inputs import FlagField, TimeField, ZoneField
from tasks_app.api.serializers import PreviewedSerializer
from tasks_app.api.shapes import TASK_RULES
from tasks_app.api.views import TasksApi
from tasks_app.errors import InvalidInput
from tasks_app.language import MAX_TEXT, Reading
from tasks_app.language.reading import ChipKind
from tasks_app.operations.quick import add_line, read_line, task_fields_of
from tasks_app.queries.previews import preview_occurrences
from tasks_app.values.fields import AtInstant, AtWall
from tasks_app.values.rows import Row

MAX_SPANS: Final = 1000
OLDEST: Final = timedelta(days=30)
_OCCURRENCES: Final = 3
# A client's clock may be a little ahead; what it sends is then now.
_AHEAD: Final = timedelta(minutes=1)


class SpanField(serializers.ListField):
    """`[start, end]` in UTF-16 code units."""

    child = JSONNumberField(min_value=0, max_value=2 * MAX_TEXT)

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=2, max_length=2, **options)


@extend_schema_field(shapes.visible_text(most=MAX_TEXT))
class LineField(TextField):
    """A line of everyday language."""


class LineSerializer(StrictSerializer[Any]):
    """A line, and when and where it was typed."""

    rules = TASK_RULES | {
        "max_length": "A title of more than 200 characters is left.",
        "out_of_range": "A span outside of the text, a time of more than 30 days ago or ahead, or a due beyond 9999.",
    }

    text = LineField(max_length=MAX_TEXT, trim_whitespace=False)
    without = ShortListField(
        child=SpanField(), required=False, max_length=MAX_SPANS, help_text="Spans of chips that stay text."
    )
    time_zone = ZoneField(required=False, allow_null=True, help_text="Where it was typed; yours by default.")
    at = TimeField(
        required=False, allow_null=True, help_text="When it was typed: at most 30 days ago; now by default."
    )

    def validate_text(self, text: str) -> str:
        if not text.strip():
            raise serializers.ValidationError("This field may not be blank.", code="blank")
        return text

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        units = len(attrs["text"].encode("utf-16-le", "surrogatepass")) // 2
        wrong = [
            index for index, (start, end) in enumerate(attrs.get("without", ())) if not start < end <= units
        ]
        if wrong:
            detail = serializers.ErrorDetail("This span is not inside the text.", code="out_of_range")
            errors: dict[Any, Any] = {index: [detail] for index in wrong[:MAX_ERRORS]}
            raise serializers.ValidationError({"without": errors})
        return attrs


class QuickSerializer(LineSerializer):
    """A line that becomes a task."""

    strict = FlagField(required=False, help_text="Whether a problem refuses the line.")


class AlternativeSerializer(serializers.Serializer[Any]):
    """Something else that may be meant: in words, and as fields to send instead."""

    means = serializers.CharField()
    fields: Any = serializers.DictField()


class ChipSerializer(serializers.Serializer[Any]):
    """What was taken out of the title; `start` and `end` count UTF-16 code units. Send them in `without` to drop it."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=list(get_args(ChipKind)))
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    text = serializers.CharField()
    means = serializers.CharField()
    alternatives = AlternativeSerializer(many=True)


class NoteSerializer(serializers.Serializer[Any]):
    """What was assumed."""

    code = serializers.CharField()
    detail = serializers.CharField()


class LeftProblemSerializer(NoteSerializer):
    """What looks like an instruction and stays in the title; `detail` says how to write it."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    text = serializers.CharField()


class ReadSerializer(serializers.Serializer[Any]):
    """A line as it was read. `fields` can be sent to `POST /api/tasks/`; `next` are the first occurrences of a rule."""

    title = serializers.CharField(allow_blank=True)
    fields: Any = serializers.DictField()
    chips = ChipSerializer(many=True)
    notes = NoteSerializer(many=True)
    problems = LeftProblemSerializer(many=True)
    language = serializers.CharField()
    next = PreviewedSerializer(many=True)


class AddedSerializer(TaskAnswerSerializer):
    """A task, and how its line was read."""

    read = ReadSerializer()


class LineApi(TasksApi):
    """What both calls share."""

    def read_body(self, body: LineSerializer) -> tuple[Reading, dict[str, Any]]:
        """Return the reading of a body and its answer. Raises ValidationError and InvalidInput."""
        body.is_valid(raise_exception=True)
        given, now = cast(dict[str, Any], body.validated_data), timezone.now()
        zone = rec.load_zone(given["time_zone"]) if given.get("time_zone") else self.caller.zone
        typed_at = _typed_at(given.get("at"), zone, now)
        spans = [(start, end) for start, end in given.get("without", ())]
        reading = read_line(given["text"], of=self.caller, typed_at=typed_at, zone=zone, without=spans)
        return reading, _answer(reading, zone, now)


class ParseView(LineApi):
    """How a line is read."""

    serializer_class = LineSerializer
    writes_nothing = True
    token_access = READ_ACCESS

    @extend_schema(operation_id="parse_line", request=LineSerializer, responses=ReadSerializer, filters=False)
    def post(self, request: Request, **_: str) -> Response:
        """Read a line of everyday language, in English or Urdu, without writing anything."""
        return Response(self.read_body(LineSerializer(data=request.data))[1])


class QuickView(LineApi):
    """A task from a line."""

    serializer_class = QuickSerializer

    @extend_schema(
        operation_id="quick_add", request=QuickSerializer, responses={201: AddedSerializer}, filters=False
    )
    def post(self, request: Request, **_: str) -> Response:
        """Create a task from a line of everyday language. Problems stay in the title, unless `strict` refuses them."""
        body = QuickSerializer(data=request.data)
        reading, answer = self.read_body(body)
        strict = cast(dict[str, Any], body.validated_data).get("strict", False)
        full = add_line(reading, by=self.caller, at=timezone.now(), strict=strict)
        added = self.answer(full, status=status.HTTP_201_CREATED)
        added.data = {**added.data, "read": answer}
        return added


def _typed_at(at: AtInstant | AtWall | None, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the instant at which a line was typed. Raises InvalidInput for one ahead or long ago."""
    if at is None:
        return now
    instant = at.instant if isinstance(at, AtInstant) else rec.resolve_within(at.wall, zone).instant
    if not now - OLDEST <= instant <= now + _AHEAD:
        raise InvalidInput.of(
            "at", "out_of_range", "A line was typed at most 30 days ago, and not ahead of now."
        )
    return min(instant, now)


def _answer(reading: Reading, zone: ZoneInfo, now: datetime) -> Row:
    """Return what the calls answer of a reading."""
    upcoming = preview_occurrences(task_fields_of(reading.fields), _OCCURRENCES, zone=zone, now=now)
    return {
        "title": reading.title,
        "fields": reading.fields,
        "chips": [asdict(chip) for chip in reading.chips],
        "notes": [asdict(note) for note in reading.notes],
        "problems": [asdict(problem) for problem in reading.problems],
        "language": reading.language,
        "next": upcoming,
    }
