"""Bodies of the tag endpoints."""

import re
from typing import Any

from rest_framework import serializers

from foundation.http.serializers import StrictSerializer
from tasks_app.api.inputs import is_tag
from tasks_app.models import Tag, TagJob
from tasks_app.queries.tags import CountedTag
from tasks_app.values.rows import Row, instant_text
from tasks_app.values.tag_names import MAX_TAG_NAME
from tasks_app.values.texts import clean_line

COLOR = r"^#[0-9a-fA-F]{6}(?!\n)$"  # a dollar alone would let a line end pass


class TagNameField(serializers.CharField):
    """A tag's name."""

    default_error_messages = {"invalid": "A tag is a name of 1 to 50 characters without comma."}

    def to_internal_value(self, data: object) -> str:
        if not is_tag(data):
            self.fail("invalid")
        return clean_line(str(data))


class TagSerializer(StrictSerializer[Any]):
    """A tag; give a CountedTag as instance when one is changed."""

    id = serializers.IntegerField(read_only=True)
    name = TagNameField(max_length=MAX_TAG_NAME)
    color = serializers.RegexField(
        re.compile(COLOR),
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text="#rrggbb, or empty.",
        error_messages={"invalid": "Write a colour such as #3366ff, or nothing."},
    )
    task_count = serializers.IntegerField(
        read_only=True, help_text="Pending and completed tasks that carry it, none of the trash."
    )

    def to_representation(self, instance: CountedTag) -> Row:
        return tag_row(instance)


class MergeSerializer(StrictSerializer[Any]):
    """Which tag takes over."""

    into = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Id of the tag that stays.")


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
