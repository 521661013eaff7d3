"""The query and the response of `/api/changes/`."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation.http.fields import TextField, WholeField, not_among
from realtime_app.sockets.protocol import INCLUDABLE, MAX_EPOCH_CHARACTERS

MAX_CHANGES = 500
MAX_INCLUDE = 100
_WORDS = "|".join(INCLUDABLE)


@extend_schema_field({"type": "string", "maxLength": MAX_INCLUDE, "pattern": f"^({_WORDS})(,({_WORDS}))*$"})
class IncludeField(TextField):
    """Words with commas between them."""


class ChangesQuerySerializer(serializers.Serializer[object]):
    after = WholeField(
        min_value=0,
        max_value=2**63 - 1,
        required=False,
        help_text="The last `sequence` processed; if absent, the answer has no events, only the current `sequence`.",
    )
    limit = WholeField(
        min_value=1,
        max_value=MAX_CHANGES,
        default=MAX_CHANGES,
        help_text="How many sequence numbers to read; not all of them have an event for clients.",
    )
    epoch = TextField(
        max_length=MAX_EPOCH_CHARACTERS,
        required=False,
        help_text="The `epoch` of `after`; if it is not the current one, the answer is 410 `reset`.",
    )

    include = IncludeField(
        max_length=MAX_INCLUDE,
        required=False,
        help_text=f"What to list besides tasks and notifications, with commas: {', '.join(INCLUDABLE)}.",
    )

    def validate_include(self, text: str) -> frozenset[str]:
        """Return the words; an unknown one is refused."""
        words = text.split(",")
        wrong = next((word for word in words if word not in INCLUDABLE), None)
        if wrong is not None:
            raise serializers.ValidationError(not_among(wrong, INCLUDABLE), code="invalid_choice")
        return frozenset(words)


class ChangeSerializer(serializers.Serializer[object]):
    """One change, as sockets send it: of a task, of a notification (`notify`), or what was asked for."""

    type = serializers.ChoiceField(choices=["event"])
    sequence = serializers.IntegerField()
    event_id = serializers.UUIDField()
    operation = serializers.ChoiceField(
        choices=["create", "update", "complete", "delete", "notify", "account", "view", "tag", "read"]
    )
    event_type = serializers.ChoiceField(
        choices=["created", "updated", "completed", "deleted", "changed", "read"]
    )
    user_id = serializers.CharField()
    timestamp = serializers.DateTimeField()
    task_id = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField(required=False)
    changed_fields = serializers.ListField(child=serializers.CharField(), required=False)
    task_data = serializers.DictField(required=False)
    notification = serializers.DictField(required=False)
    account = serializers.DictField(required=False, help_text="The preferences as they are now.")
    view_id = serializers.IntegerField(required=False)
    view = serializers.DictField(required=False, allow_null=True, help_text="The saved view; null: deleted.")
    tag_id = serializers.IntegerField(required=False)
    tag = serializers.DictField(
        required=False, allow_null=True, help_text="The tag; null: merged or deleted."
    )
    into_id = serializers.IntegerField(
        required=False, allow_null=True, help_text="The tag that a merged one became."
    )
    notification_ids = serializers.ListField(child=serializers.IntegerField(), required=False)
    read_through = serializers.IntegerField(
        required=False, allow_null=True, help_text="Every notification up to this id was read."
    )
    read_at = serializers.DateTimeField(required=False)
    client_request_id = serializers.CharField(
        required=False,
        help_text="The `X-Request-ID` that the client sent with the request that made the change.",
    )
    trace_id = serializers.CharField(
        required=False, help_text="Of the trace of what made the change, where spans of it are kept."
    )


class ChangesSerializer(serializers.Serializer[object]):
    results = ChangeSerializer(many=True)
    sequence = serializers.IntegerField(help_text="The next request's `after`.")
    epoch = serializers.CharField(
        help_text="The history that these numbers belong to; store it with `sequence`."
    )
    more = serializers.BooleanField(help_text="Whether there are more changes.")
