"""Notifications and deliveries for operators, with an action that sends deliveries again."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator

from accounts_app.models import User
from events_app.admin import ReadOnlyAdmin
from foundation.http.confirmation import AdminPage, question_before
from foundation.http.parameters import is_id
from notifications_app.errors import DeliveryBusy
from notifications_app.models import Delivery, Notification
from notifications_app.operations.deliveries import resend

if TYPE_CHECKING:
    Rows = admin.TabularInline[Delivery, Notification]
else:
    Rows = admin.TabularInline


def _search_condition(term: str) -> Q:
    # The user first: a condition over two tables would read both of them whole.
    users = list(User.objects.filter(username=term).values_list("pk", flat=True))
    return Q(user__in=users) | (Q(task_id=int(term)) if is_id(term) else Q(pk__in=[]))


class NotificationStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: AdminPage) -> list[tuple[str, str]]:
        return [("shown", "shown"), ("held", "held for quiet hours"), ("suppressed", "suppressed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notification]) -> QuerySet[Notification]:
        if self.value() == "shown":
            return queryset.filter(shown_at__isnull=False)
        if self.value() == "held":
            return queryset.filter(held_until__isnull=False)
        if self.value() == "suppressed":
            return queryset.exclude(suppressed_reason="")
        return queryset


class DeliveryInline(Rows):
    model = Delivery
    fields = ("channel", "status", "reason", "detail", "attempts", "next_attempt_at", "sent_at")
    readonly_fields = fields
    can_delete = False
    extra = 0
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Notification | None = None) -> bool:
        return False


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "title", "task_id", "state", "created_at", "read_at")
    list_filter = (NotificationStateFilter,)
    list_select_related = ("user",)
    search_fields = ("user",)  # shows the box; get_search_results reads it
    search_help_text = "A username, or the number of a task."
    ordering = ("-id",)
    inlines = (DeliveryInline,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Notification], search_term: str
    ) -> tuple[QuerySet[Notification], bool]:
        return (queryset.filter(_search_condition(search_term.strip())) if search_term else queryset), False

    def state(self, notification: Notification) -> str:
        if notification.shown_at:
            return "shown"
        held = notification.held_until
        return f"held until {held:%Y-%m-%d %H:%M}Z" if held else notification.suppressed_reason


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "channel", "status", "why", "attempts", "next_attempt_at", "sent_at")
    list_filter = ("status",)
    list_select_related = ("notification__user",)
    search_fields = ("key",)  # shows the box; get_search_results reads it
    search_help_text = "A username, the number of a task, or a delivery's key."
    ordering = ("-id",)
    actions = ("send_again",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        found = queryset.filter(notification__in=Notification.objects.filter(_search_condition(term)))
        return (found if found.exists() else queryset.filter(key=term)), False

    def user(self, delivery: Delivery) -> User:
        return delivery.notification.user

    def why(self, delivery: Delivery) -> str:
        return Truncator(f"{delivery.reason} {delivery.detail}".strip()).chars(120)

    @admin.action(description="Send again", permissions=["operate"])
    def send_again(self, request: HttpRequest, rows: QuerySet[Delivery]) -> HttpResponse | None:
        question = "Send these again? Whoever got one already gets it a second time."
        if asked := question_before(self, request, rows, action="send_again", question=question):
            return asked
        planned = [delivery for delivery in rows.order_by("pk") if self._plan(request, delivery)]
        self.message_user(request, f"{len(planned)} of {rows.count()} planned")
        return None

    def _plan(self, request: HttpRequest, delivery: Delivery) -> bool:
        try:
            resend(delivery.pk)
        except DeliveryBusy:
            return False
        self.log_change(request, delivery, "Sent again.")
        return True
