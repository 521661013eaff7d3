"""Shapes of the audit answers."""

from typing import Any

from rest_framework import serializers

from audit_app.api.changes import change_of, version_of
from audit_app.models import AuditEntry


class ActorSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=["user", "consumer", "agent", "system"])
    id = serializers.CharField()


class AuditEntrySerializer(serializers.Serializer[AuditEntry]):
    """One change: who made it, when, and what was before and after."""

    sequence = serializers.IntegerField(help_text="Number of the event in the user's history.")
    position = serializers.IntegerField(help_text="Number of the entry in the chain.")
    event_id = serializers.UUIDField()
    type = serializers.CharField(help_text="Such as `task.updated`.")
    task_id = serializers.IntegerField(allow_null=True)
    actor = ActorSerializer()
    changed_fields = serializers.ListField(child=serializers.CharField())
    before = serializers.DictField(allow_null=True, help_text="What was; null: nothing.")
    after = serializers.DictField(allow_null=True, help_text="What is, in the same fields; null: nothing.")
    version = serializers.IntegerField(
        allow_null=True, help_text="Of a change of a task: the version that it made, by which it is undone."
    )
    undoes = serializers.IntegerField(
        allow_null=True, help_text="The version whose change this one took back."
    )
    occurred_at = serializers.DateTimeField()
    request_id = serializers.CharField()
    causation_id = serializers.UUIDField(allow_null=True, help_text="The event that caused this one.")
    prev_hash = serializers.CharField()
    hash = serializers.CharField()

    def to_representation(self, instance: AuditEntry) -> dict[str, Any]:
        change = change_of(instance.type, instance.content)
        return {
            "sequence": instance.seq,
            "position": instance.position,
            "event_id": instance.event_id,
            "type": instance.type,
            "task_id": instance.task_id,
            "actor": {"type": instance.actor_type, "id": instance.actor_id},
            "changed_fields": change.changed_fields,
            "before": change.before,
            "after": change.after,
            "version": version_of(instance.content),
            "undoes": instance.content.get("undoes"),
            "occurred_at": instance.occurred_at,
            "request_id": instance.request_id,
            "causation_id": instance.causation_id,
            "prev_hash": instance.prev_hash,
            "hash": instance.hash,
        }


class VerdictSerializer(serializers.Serializer[Any]):
    """Whether every entry is what was written. The last two say where and why it is not."""

    ok = serializers.BooleanField()
    entries = serializers.IntegerField(
        help_text="Length of the trail; of a wrong one, entries that are right from the first on."
    )
    head = serializers.CharField(help_text="Hash of the last entry; zeros for an empty trail.")
    verified = serializers.IntegerField(help_text="Entries that have been found right, from the first on.")
    complete = serializers.BooleanField(help_text="Whether that is all of them; otherwise ask again.")
    first_bad_sequence = serializers.IntegerField(required=False)
    reason = serializers.CharField(required=False)
