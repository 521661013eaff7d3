"""What an export says of notifications, and of the browsers that get them."""

from typing import Any, cast

from accounts_app.credentials.credential import Credential
from accounts_app.operations.exporting import Exported, in_chunks
from notifications_app.api.push_views import SubscriptionSerializer
from notifications_app.api.serializers import NotificationSerializer
from notifications_app.models import Notification, PushSubscription


def export_notifications(credential: Credential) -> Exported:
    """Yield notifications with their deliveries, also those that are still held, by id; then browsers, without keys."""
    rows = Notification.objects.filter(user=credential.user_id).prefetch_related("deliveries")
    for chunk in in_chunks(rows):
        for notification in NotificationSerializer(chunk, many=True).data:
            yield "notification", notification
    for browsers in in_chunks(PushSubscription.objects.filter(user=credential.user_id)):
        for browser in SubscriptionSerializer(cast(Any, browsers), many=True).data:
            yield "push_subscription", browser
