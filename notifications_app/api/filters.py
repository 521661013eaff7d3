"""Filters of the notification list."""

from django.db.models import QuerySet

from foundation.http.filters import LabelledFilterSet, WordFilter
from notifications_app.models import Notification

YES, NO = "true", "false"


class NotificationFilter(LabelledFilterSet):
    """`unread=true`: notifications not read yet; `unread=false`: those already read."""

    unread = WordFilter(
        (YES, NO),
        method="filter_by_read",
        help_text="Only those not read yet, or only those that were.",
    )

    class Meta:
        model = Notification
        fields = ("unread",)

    def filter_by_read(
        self, notifications: QuerySet[Notification], _name: str, value: str
    ) -> QuerySet[Notification]:
        return notifications.filter(read_at__isnull=value == YES)
