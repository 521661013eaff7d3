"""Shapes of the notification answers."""

from typing import Any

from rest_framework import serializers

from notifications_app.models import Delivery, Notification
from notifications_app.reasons import public_reason


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """The state of a delivery through one channel, with its reason: a fixed word, never the text of a mail server."""

    reason = serializers.SerializerMethodField()

    class Meta:
        model = Delivery
        fields = ("channel", "status", "reason", "digest", "attempts", "next_attempt_at", "sent_at")
        read_only_fields = fields

    def get_reason(self, delivery: Delivery) -> str:
        """One of the words in docs/howto/mail.md, or empty."""
        return public_reason(delivery.reason)


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """A notification of the user, with its deliveries."""

    deliveries = DeliverySerializer(many=True, read_only=True)

    class Meta:
        model = Notification
        fields = (
            "id",
            "kind",
            "title",
            "body",
            "task_id",
            "reminder_id",
            "firing",
            "created_at",
            "shown_at",
            "read_at",
            "deliveries",
        )
        read_only_fields = fields


class MarkedSerializer(serializers.Serializer[Any]):
    """How many notifications were unread until now."""

    marked = serializers.IntegerField()
