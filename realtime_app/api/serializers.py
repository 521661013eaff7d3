"""What `/api/changes/` takes and answers."""

from rest_framework import serializers

from realtime_app.sockets.protocol import MAX_EPOCH_CHARACTERS

MAX_CHANGES = 500


class ChangesQuerySerializer(serializers.Serializer[object]):
    after = serializers.IntegerField(
        min_value=0,
        max_value=2**63 - 1,
        required=False,
        help_text="The last `sequence` processed; absent: answer only where the history is now.",
    )
    limit = serializers.IntegerField(
        min_value=1,
        max_value=MAX_CHANGES,
        default=MAX_CHANGES,
        help_text="How many sequence numbers to look at; fewer of them may be of interest.",
    )
    epoch = serializers.CharField(
        max_length=MAX_EPOCH_CHARACTERS,
        required=False,
        help_text="The `epoch` in which `after` was heard; another one than now is 410 `reset`.",
    )


class ChangeSerializer(serializers.Serializer[object]):
    """One change, as sockets send it. A task's fields, or with `operation: "notify"` a notification."""

    type = serializers.ChoiceField(choices=["event"])
    sequence = serializers.IntegerField()
    event_id = serializers.UUIDField()
    operation = serializers.ChoiceField(choices=["create", "update", "complete", "delete", "notify"])
    event_type = serializers.ChoiceField(choices=["created", "updated", "completed", "deleted"])
    user_id = serializers.CharField()
    timestamp = serializers.DateTimeField()
    task_id = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField(required=False)
    changed_fields = serializers.ListField(child=serializers.CharField(), required=False)
    task_data = serializers.DictField(required=False)
    notification = serializers.DictField(required=False)
    client_request_id = serializers.CharField(
        required=False, help_text="The `X-Request-ID` that its client gave the call that made the change."
    )


class ChangesSerializer(serializers.Serializer[object]):
    results = ChangeSerializer(many=True)
    sequence = serializers.IntegerField(help_text="Where to go on: the next call's `after`.")
    epoch = serializers.CharField(
        help_text="Which history these numbers belong to: keep it beside `sequence`."
    )
    more = serializers.BooleanField(help_text="Whether there is something to go on with.")
