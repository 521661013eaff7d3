"""Operators' pages: read and look up; what would break a promise is changed through the API alone."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.options import TabularInline
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from events_app.admin import ReadOnlyAdmin
from events_app.confirming import question_before
from tasks_app.errors import TasksError
from tasks_app.models import Reminder, ReplanJob, Series, Tag, Task
from tasks_app.operations.fire_now import fire_reminder_now
from tasks_app.operations.series import cancel_series

if TYPE_CHECKING:
    Inline = TabularInline[Any, Any]
else:
    Inline = TabularInline


class OwnedAdmin(ReadOnlyAdmin):
    """Rows of one user's history, with their owners in the same query."""

    list_select_related: ClassVar[tuple[str, ...]] = ("owner",)
    ordering = ("-id",)

    def act_on_each(
        self, request: HttpRequest, rows: QuerySet[Any], act: Callable[[Any], object], *, said: str
    ) -> None:
        """Call an operation for each chosen row, note it in the admin's history, and say how it went.

        The event that it records names the operator as its actor.
        """
        done = 0
        for row in rows.order_by("pk"):
            try:
                act(row)
            except TasksError as error:
                self.message_user(request, f"{row.pk}: {error.detail}", messages.WARNING)
            else:
                self.log_change(request, row, said)
                done += 1
        self.message_user(request, f"{done} of {rows.count()} done")


def _plain(rows: QuerySet[Any]) -> QuerySet[Model]:
    return rows


def _cancel(series: Series) -> None:
    cancel_series(series.pk, by=series.owner, at=timezone.now())


def _fire_now(reminder: Reminder) -> None:
    fire_reminder_now(reminder.pk)


class ReminderInline(Inline):
    model = Reminder
    extra = 0
    can_delete = False
    fields = ("offset", "at", "status", "reason", "fire_at", "fired_at", "late", "firing", "removed")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Task | None = None) -> bool:
        return False


@admin.register(Task)
class TaskAdmin(OwnedAdmin):
    list_display = (
        "id",
        "owner",
        "title",
        "priority",
        "due_instant",
        "completed_at",
        "deleted_at",
        "version",
    )
    list_filter = ("priority", "floating", ("completed_at", admin.EmptyFieldListFilter))
    search_fields = ("=id", "=owner__username")
    search_help_text = "Id of a task, or name of its owner."
    inlines = (ReminderInline,)


@admin.register(Series)
class SeriesAdmin(OwnedAdmin):
    list_display = ("id", "owner", "title", "rule", "anchor", "start", "ended_at", "end_reason")
    list_filter = ("anchor", "end_reason")
    search_fields = ("=id", "=owner__username")
    search_help_text = "Id of a series, or name of its owner."
    actions = ("cancel",)

    @admin.action(description="Cancel", permissions=["operate"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Series]) -> HttpResponse | None:
        question = "Cancel these series? What is open stays as the last, and nothing comes after it."
        if asked := question_before(self, request, _plain(rows), action="cancel", question=question):
            return asked
        self.act_on_each(request, rows, _cancel, said="Cancelled.")
        return None


@admin.register(Reminder)
class ReminderAdmin(OwnedAdmin):
    list_display = ("id", "owner", "task", "offset", "at", "status", "reason", "fire_at", "fired_at", "late")
    list_filter = ("status", "reason", "late")
    search_fields = ("=id", "=task__id", "=owner__username")
    search_help_text = "Id of a reminder or a task, or name of the owner."
    list_select_related = ("owner", "task")
    actions = ("fire_now",)

    @admin.action(description="Fire now", permissions=["operate"])
    def fire_now(self, request: HttpRequest, rows: QuerySet[Reminder]) -> HttpResponse | None:
        question = "Fire these now? Their owners are told at once, also of what has fired before."
        if asked := question_before(self, request, _plain(rows), action="fire_now", question=question):
            return asked
        self.act_on_each(request, rows, _fire_now, said="Fired.")
        return None


@admin.register(Tag)
class TagAdmin(OwnedAdmin):
    list_display = ("id", "owner", "name", "key", "color")
    search_fields = ("=id", "=owner__username", "=key")
    search_help_text = "Id or key of a tag, or name of its owner."


@admin.register(ReplanJob)
class ReplanJobAdmin(OwnedAdmin):
    list_display = ("id", "owner", "event_seq", "position", "created_at", "finished_at")
    list_filter = (("finished_at", admin.EmptyFieldListFilter),)
    search_fields = ("=id", "=owner__username")
