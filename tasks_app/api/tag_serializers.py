"""Bodies of the tag endpoints."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation.http import shapes
from foundation.http.error_bounds import show_value
from foundation.http.fields import TextField, WholeField
from foundation.http.serializers import StrictSerializer
from tasks_app.api.inputs import InputField, TagsField, is_tag
from tasks_app.models import Tag, TagJob
from tasks_app.queries.tags import CountedTag
from tasks_app.values.rows import Row, instant_text
from tasks_app.values.tag_names import MAX_TAG_NAME
from tasks_app.values.texts import clean_line

_COLOR = re.compile("#[0-9a-fA-F]{6}")


@extend_schema_field(shapes.ref("TagName"))
class TagNameField(TextField):
    """A tag's name."""

    default_error_messages = {"invalid": TagsField.default_error_messages["invalid"]}

    def to_internal_value(self, data: object) -> str:
        if not is_tag(data):
            self.fail("invalid", value=show_value(data))
        return clean_line(str(data))


@extend_schema_field({"type": "string", "pattern": "^(?:#[0-9a-fA-F]{6})?$", "examples": ["#3366ff"]})
class ColorField(InputField):
    """A colour, or nothing."""

    default_error_messages = {"invalid": "{value} is no colour: write one such as #3366ff, or an empty text."}

    def to_internal_value(self, data: object) -> str:
        if data != "" and not (isinstance(data, str) and _COLOR.fullmatch(data)):
            self.fail("invalid", value=show_value(data))
        return str(data)


class TagSerializer(StrictSerializer[Any]):
    """A tag. PUT and PATCH take `id` and `task_count` as well, as they were answered.

    Give a CountedTag as instance when one is changed.
    """

    id = serializers.IntegerField(read_only=True)
    name = TagNameField(max_length=MAX_TAG_NAME)
    color = ColorField(required=False, help_text="#rrggbb, or empty.")
    task_count = serializers.IntegerField(
        read_only=True, help_text="Pending and completed tasks that carry it, none of the trash."
    )

    def to_representation(self, instance: CountedTag) -> Row:
        return tag_row(instance)


class MergeSerializer(StrictSerializer[Any]):
    """Which tag takes over."""

    into = WholeField(min_value=1, max_value=shapes.MAX_ID, help_text="Id of the tag that stays.")


class TagJobSerializer(serializers.Serializer[Any]):
    """A change of a tag on its way to more than 500 tasks."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=TagJob.Kind.values)
    status = serializers.ChoiceField(choices=["running", "done"])
    tag_id = serializers.IntegerField()
    into_id = serializers.IntegerField(allow_null=True)
    total = serializers.IntegerField(help_text="Tasks that carried the tag when it began.")
    done = serializers.IntegerField(help_text="Tasks that it has reached.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField(help_text="Where to ask how far it is.")


class TagJobAnswerSerializer(serializers.Serializer[Any]):
    """Accepted, and on its way."""

    job = TagJobSerializer()


def tag_row(counted: CountedTag) -> Row:
    """Return a tag as the API answers it."""
    tag: Tag = counted.tag
    return {"id": tag.pk, "name": tag.name, "color": tag.color, "task_count": counted.task_count}


def tag_job_row(job: TagJob) -> Row:
    """Return a job as the API answers it."""
    return {
        "id": job.pk,
        "kind": str(job.kind),
        "status": job.status,
        "tag_id": job.tag_id,
        "into_id": job.into_id,
        "total": job.total,
        "done": job.done,
        "created_at": instant_text(job.created_at),
        "finished_at": instant_text(job.finished_at),
        "url": f"/api/tags/jobs/{job.pk}/",
    }
