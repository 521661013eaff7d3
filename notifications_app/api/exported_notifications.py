"""What an export says of notifications."""

from accounts_app.credentials.credential import Credential
from accounts_app.operations.exporting import Exported, in_chunks
from notifications_app.api.serializers import NotificationSerializer
from notifications_app.models import Notification


def export_notifications(credential: Credential) -> Exported:
    """Yield notifications with their deliveries, also those that are still held, by id."""
    rows = Notification.objects.filter(user=credential.user_id).prefetch_related("deliveries")
    for chunk in in_chunks(rows):
        for notification in NotificationSerializer(chunk, many=True).data:
            yield "notification", notification
