"""Admin pages for operators: the log is read-only; stuck cursors and dead letters can be retried or skipped."""

from collections.abc import Callable, Iterable, Sequence

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from events_app.consumers.kernel.batch import HandlerFailed
from events_app.consumers.registration import pause, resume
from events_app.models import Consumer, Cursor, DeadLetter, Event, Heartbeat, Lease, ParkedMessage, Stream
from events_app.operating.parked_messages import (
    close_parked_message,
    first_of_each_stream,
    send_parked_message_again,
)
from events_app.operating.recovery import (
    RecoveryRefused,
    retry_cursor,
    retry_dead_letter,
    skip_dead_letter,
    skip_event,
)
from foundation.http.capped_pages import CappedPaginator
from foundation.http.confirmation import AdminPage


class ReadOnlyAdmin(AdminPage):
    """An admin page without add, change and delete. It stays fast for a table of any size."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may run the page's actions: those with the model's change permission may."""
        opts = self.opts
        return request.user.has_perm(f"{opts.app_label}.change_{opts.model_name}")


def act_on_each(
    page: AdminPage, request: HttpRequest, rows: QuerySet[Model], act: Callable[[int], object], *, note: str
) -> None:
    """Call an operation for each chosen row, log it in the admin's history, and show the results as messages."""
    done = 0
    for row in rows.order_by("pk"):
        try:
            act(row.pk)
        except (RecoveryRefused, HandlerFailed) as error:
            page.message_user(request, f"{row.pk}: {error}", messages.WARNING)
        else:
            page.log_change(request, row, note)
            done += 1
    if done:
        page.message_user(request, f"{done} done", messages.SUCCESS)


def note_each(page: AdminPage, request: HttpRequest, rows: Iterable[Model], note: str) -> None:
    """Log a note for each row, with the user, in the admin's history."""
    for row in rows:
        page.log_change(request, row, note)


@admin.register(Stream)
class StreamAdmin(ReadOnlyAdmin):
    list_display = ("key", "head", "published", "settled", "tail", "moved_at", "relay_retry_at")
    search_fields = ("key__exact",)
    ordering = ("-id",)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("id", "stream", "seq", "type", "task_id", "actor", "occurred_at")
    list_filter = ("type",)
    search_fields = ("stream__key__exact", "event_id__exact", "task_id__exact")
    list_select_related = ("stream",)
    ordering = ("-id",)

    def actor(self, event: Event) -> str:
        return f"{event.actor_type} {event.actor_id}"


@admin.register(Consumer)
class ConsumerAdmin(ReadOnlyAdmin):
    list_display = ("name", "state", "walked_to", "registered_at")
    actions = ("pause", "resume")

    @admin.action(description="Pause", permissions=["operate"])
    def pause(self, request: HttpRequest, rows: QuerySet[Consumer]) -> None:
        names = _names(rows)
        self.message_user(request, f"{pause(names)} paused")
        note_each(self, request, Consumer.objects.filter(name__in=names), "Paused.")

    @admin.action(description="Resume with what was missed", permissions=["operate"])
    def resume(self, request: HttpRequest, rows: QuerySet[Consumer]) -> None:
        names = _names(rows)
        self.message_user(request, f"{resume(names)} resumed")
        note_each(self, request, Consumer.objects.filter(name__in=names), "Resumed.")


def _names(rows: QuerySet[Consumer]) -> Sequence[str]:
    return list(rows.values_list("name", flat=True))


class WaitingFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: AdminPage) -> list[tuple[str, str]]:
        return [("waiting", "waiting for a retry"), ("blocked", "blocked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Cursor]) -> QuerySet[Cursor]:
        if self.value() == "waiting":
            return queryset.filter(retry_at__isnull=False, blocked_at__isnull=True)
        if self.value() == "blocked":
            return queryset.filter(blocked_at__isnull=False)
        return queryset


@admin.register(Cursor)
class CursorAdmin(ReadOnlyAdmin):
    list_display = ("id", "consumer", "stream", "seq", "lag", "attempts", "retry_at", "blocked_at", "error")
    list_filter = (WaitingFilter,)
    search_fields = ("stream__key__exact", "consumer__exact")
    list_select_related = ("stream",)
    ordering = ("-id",)
    actions = ("retry_now", "skip_event")

    def lag(self, cursor: Cursor) -> int:
        return cursor.stream.head - cursor.seq

    def error(self, cursor: Cursor) -> str:
        return cursor.last_error[:120]

    @admin.action(description="Retry now", permissions=["operate"])
    def retry_now(self, request: HttpRequest, rows: QuerySet[Cursor]) -> None:
        act_on_each(self, request, rows, retry_cursor, note="Retried.")

    @admin.action(description="Skip the failing event (kept as a dead letter)", permissions=["operate"])
    def skip_event(self, request: HttpRequest, rows: QuerySet[Cursor]) -> None:
        act_on_each(self, request, rows, skip_event, note="Skipped the failing event.")


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin):
    list_display = ("id", "consumer", "type", "place", "attempts", "error", "created_at", "resolution")
    list_filter = ("resolution", "consumer")
    search_fields = ("stream__key__exact", "event_id__exact")
    list_select_related = ("stream",)
    ordering = ("-id",)
    actions = ("retry", "skip")

    def place(self, letter: DeadLetter) -> str:
        return format_html("{}/{}", letter.stream.key, letter.seq)

    @admin.action(description="Apply the event now", permissions=["operate"])
    def retry(self, request: HttpRequest, rows: QuerySet[DeadLetter]) -> None:
        act_on_each(self, request, rows, retry_dead_letter, note="Applied.")

    @admin.action(description="Close without applying", permissions=["operate"])
    def skip(self, request: HttpRequest, rows: QuerySet[DeadLetter]) -> None:
        act_on_each(self, request, rows, skip_dead_letter, note="Closed without applying.")


@admin.register(ParkedMessage)
class ParkedMessageAdmin(ReadOnlyAdmin):
    list_display = ("id", "stream", "seq", "topic", "reason", "created_at")
    list_select_related = ("stream",)
    ordering = ("-id",)
    actions = ("send_again", "close")

    @admin.action(description="Send again, with what follows in its stream", permissions=["operate"])
    def send_again(self, request: HttpRequest, rows: QuerySet[ParkedMessage]) -> None:
        first = self.model.objects.filter(pk__in=[each.pk for each in first_of_each_stream(rows)])
        act_on_each(self, request, first, send_parked_message_again, note="Sent again.")

    @admin.action(description="Close: readers outside know", permissions=["operate"])
    def close(self, request: HttpRequest, rows: QuerySet[ParkedMessage]) -> None:
        act_on_each(self, request, rows, close_parked_message, note="Closed.")


@admin.register(Lease)
class LeaseAdmin(ReadOnlyAdmin):
    list_display = ("name", "holder", "expires_at")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("role", "instance", "started_at", "beat_at")
    ordering = ("role", "-beat_at")
