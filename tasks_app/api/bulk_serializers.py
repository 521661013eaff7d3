"""Bodies of bulk calls as the API document describes them."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from foundation.http.serializers import StrictSerializer
from tasks_app.api.inputs import FlagField, InputField, TagsField
from tasks_app.api.serializers import TaskSerializer
from tasks_app.api.shapes import TASK_RULES
from tasks_app.operations.bulk.operations import Verb
from tasks_app.values.fields import Scope, TaskFields
from tasks_app.values.tag_names import tag_key

MAX_OPERATIONS: Final = 1000
MAX_VERSION: Final = 2**31 - 1
NAME_PATTERN: Final = r"[A-Za-z0-9._:-]{1,64}"
_VERSIONS: Final = r'^(?:\*|[0-9]{1,10}|"[0-9]{1,10}"(?: *, *"[0-9]{1,10}"){0,99})$'
_VERSION: Final = {"type": "integer", "minimum": 1, "maximum": MAX_VERSION}
_TAG_LISTS: Final = ("tags", "add_tags", "remove_tags")


class ChangedFieldsSerializer(TaskSerializer):
    """Fields of a task that is changed; tags may also be added and removed beside those that it has."""

    add_tags = TagsField(required=False)
    remove_tags = TagsField(required=False)

    def _named(self, body: Mapping[str, Any]) -> TaskFields:
        added, removed = body.get("add_tags", ()), body.get("remove_tags", ())
        if "tags" in body and ("add_tags" in body or "remove_tags" in body):
            raise _conflict("tags", "Write either all tags, or those to add and to remove.")
        if {tag_key(name) for name in added} & {tag_key(name) for name in removed}:
            raise _conflict("remove_tags", "A tag is either added or removed.")
        return super()._named(body)


@extend_schema_field(
    {
        "oneOf": [
            _VERSION,
            {"type": "string", "pattern": _VERSIONS, "description": 'As the header: "3", or *.'},
        ]
    }
)
class VersionsField(InputField):
    """Versions of a task that the caller accepts."""


class OperationSerializer(serializers.Serializer[Any]):
    """One change: `id` for all but create; `fields`, as in POST and PATCH of a task, for create and update."""

    op = serializers.ChoiceField(choices=[str(each) for each in Verb])
    id = serializers.IntegerField(required=False, help_text="The task; for all but create.")
    fields = ChangedFieldsSerializer(partial=True, required=False)  # type: ignore[assignment]
    scope = serializers.ChoiceField(
        choices=[str(each) for each in Scope], required=False, help_text="For update and delete."
    )
    version = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_VERSION,
        help_text="For undo: take back the change that made it.",
    )
    if_match = VersionsField(required=False, help_text="For all but create: else the operation is 412.")
    client_request_id = serializers.RegexField(
        f"^{NAME_PATTERN}$",
        required=False,
        max_length=64,
        help_text="A name that you give the operation: within 24 hours it is done once, and answered the same again.",
    )


@extend_schema_field(OperationSerializer(many=True))
class OperationsField(InputField):
    default_error_messages = {
        "not_a_list": "Write a list of operations.",
        "too_many": f"At most {MAX_OPERATIONS} operations.",
        "too_many_characters": "At most {most:,} characters of titles, descriptions and tags in one call.",
    }

    def to_internal_value(self, data: object) -> list[Any]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        if len(data) > MAX_OPERATIONS:
            self.fail("too_many")
        if sum(map(_characters, data)) > settings.BULK_TEXT_CHARACTERS:
            self.fail("too_many_characters", most=settings.BULK_TEXT_CHARACTERS)
        return data


class BulkSerializer(StrictSerializer[Any]):
    """Operations, and whether all or none of them shall be done."""

    rules: ClassVar[Mapping[str, str]] = TASK_RULES | {
        "too_many_characters": "More text than one call may write.",
        "not_found": "A task that is not there, where all or none is done.",
        "version_mismatch": "A task that is at none of the versions of if_match.",
        "key_reused": "A name that another operation had.",
        "nothing_to_undo": "No change of that version, or none of the caller's.",
        "changed_since": "A change on which a later one stands.",
        "series_changed": "A change of the series by another task.",
    }

    operations = OperationsField()
    atomic = FlagField(required=False, default=True)


def _characters(item: object) -> int:
    """Return how long the texts are that an operation would write, whatever else is wrong with it."""
    fields = item.get("fields") if isinstance(item, Mapping) else None
    if not isinstance(fields, Mapping):
        return 0
    lists = [given for name in _TAG_LISTS if isinstance(given := fields.get(name), list)]
    texts = [fields.get("title"), fields.get("description"), *(tag for tags in lists for tag in tags)]
    return sum(len(each) for each in texts if isinstance(each, str))


def _conflict(field: str, detail: str) -> ValidationError:
    return ValidationError({field: [ErrorDetail(detail, code="conflict")]})
