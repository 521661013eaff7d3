"""Operators' pages: read and look up; what would break a promise is changed through the API alone."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import TabularInline
from django.http import HttpRequest

from events_app.admin import ReadOnlyAdmin
from tasks_app.models import Reminder, ReplanJob, Series, Tag, Task

if TYPE_CHECKING:
    Inline = TabularInline[Any, Any]
else:
    Inline = TabularInline


class OwnedAdmin(ReadOnlyAdmin):
    """Rows of one user's history, with their owners in the same query."""

    list_select_related: ClassVar[tuple[str, ...]] = ("owner",)
    ordering = ("-id",)


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


@admin.register(Reminder)
class ReminderAdmin(OwnedAdmin):
    list_display = ("id", "owner", "task", "offset", "at", "status", "reason", "fire_at", "fired_at", "late")
    list_filter = ("status", "reason", "late")
    search_fields = ("=id", "=task__id", "=owner__username")
    search_help_text = "Id of a reminder or a task, or name of the owner."
    list_select_related = ("owner", "task")


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
