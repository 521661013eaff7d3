"""The operators' pages of tasks: read-only, with actions that call operations."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.options import TabularInline
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts_app.models import User
from events_app.admin import ReadOnlyAdmin
from foundation.http.confirmation import AdminPage, question_before
from foundation.http.parameters import is_id
from tasks_app.errors import SeriesStuck, TasksError
from tasks_app.models import (
    MISSED,
    DemoRun,
    Reminder,
    ReplanJob,
    SavedView,
    Series,
    Tag,
    TagJob,
    Task,
    TaskTag,
    TrashJob,
)
from tasks_app.operations.completion import retry_series
from tasks_app.operations.reminders.fire_now import fire_reminder_now
from tasks_app.operations.series.rules import cancel_series
from tasks_app.operations.trash.trash import restore_task
from tasks_app.queries.due_days import due_today_of_all

if TYPE_CHECKING:
    Inline = TabularInline[Any, Any]
else:
    Inline = TabularInline


class OwnedAdmin(ReadOnlyAdmin):
    """Rows that belong to a user, read with their owners; searched by number or by the name of the owner.

    `numbers` are the columns in which a number is searched; each has an index, as the owner has.
    """

    list_select_related: ClassVar[tuple[str, ...]] = ("owner",)
    numbers: ClassVar[tuple[str, ...]] = ("id",)
    search_fields = ("id",)  # shows the box; get_search_results reads it
    ordering = ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        # The owner first: a condition over both tables would read both of them whole.
        owners = list(User.objects.filter(username=term).values_list("pk", flat=True))
        wanted = Q(owner__in=owners)
        if is_id(term):
            for name in self.numbers:
                wanted |= Q(**{name: int(term)})
        return queryset.filter(wanted), False

    def act_on_each(
        self, request: HttpRequest, rows: QuerySet[Any], act: Callable[[Any], object], *, note: str
    ) -> None:
        """Call an operation for each chosen row, log it in the admin's history, and show how many succeeded.

        The operations record their events with the operator as actor.
        """
        done = 0
        for row in rows.order_by("pk"):
            try:
                act(row)
            except TasksError as error:
                self.message_user(request, f"{row.pk}: {error.detail}", messages.WARNING)
            else:
                self.log_change(request, row, note)
                done += 1
        self.message_user(request, f"{done} of {rows.count()} done")


def _plain(rows: QuerySet[Any]) -> QuerySet[Model]:
    return rows


def _cancel(series: Series) -> None:
    cancel_series(series.pk, by=series.owner, at=timezone.now())


def _try_again(series: Series) -> None:
    if not retry_series(series.pk, owner_id=series.owner_id):
        raise SeriesStuck


def _fire_now(reminder: Reminder) -> None:
    fire_reminder_now(reminder.pk)


def _restore(task: Task) -> None:
    restore_task(task.pk, by=task.owner, at=timezone.now())


class TaskStateFilter(admin.SimpleListFilter):
    """Filters tasks by state; each choice is one condition on columns of the task."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: AdminPage) -> list[tuple[str, str]]:
        return [(name, name.replace("_", " ")) for name in _STATES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> QuerySet[Task]:
        wanted = _STATES.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(wanted())


_LIVE = Q(deleted_at__isnull=True)
_STATES: Mapping[str, Callable[[], Q]] = {
    "pending": lambda: _LIVE & Q(completed_at__isnull=True),
    "overdue": lambda: _LIVE & Q(completed_at__isnull=True, overdue_at__lte=timezone.now()),
    "due_today": lambda: _LIVE & due_today_of_all(timezone.now()),
    "completed": lambda: _LIVE & Q(completed_at__isnull=False),
    "in_the_trash": lambda: Q(deleted_at__isnull=False, withdrawn=False) & ~MISSED,
    "missed": lambda: MISSED,
}


class TagInline(Inline):
    model = TaskTag
    extra = 0
    can_delete = False
    fields = ("tag", "position")
    readonly_fields = fields
    verbose_name_plural = "tags"

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaskTag]:
        return super().get_queryset(request).select_related("tag").order_by("position")

    def has_add_permission(self, request: HttpRequest, obj: Task | None = None) -> bool:
        return False


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
        "state",
        "priority",
        "due",
        "recurs",
        "updated_at",
        "version",
    )
    list_filter = (TaskStateFilter, "priority")
    search_help_text = "Id of a task, or name of its owner."
    list_select_related = ("owner", "series")
    inlines = (TagInline, ReminderInline)
    actions = ("restore",)

    @admin.display(description="due", ordering="due_sort")
    def due(self, task: Task) -> datetime | date | None:
        return task.due_date if task.due_time is None else task.due_instant

    @admin.display(description="state")
    def state(self, task: Task) -> str:
        if task.withdrawn:
            return "withdrawn"
        if task.is_missed:
            return "missed"
        if task.deleted_at is not None:
            return "in the trash"
        return "completed" if task.completed_at else "pending"

    @admin.display(description="recurs", ordering="series")
    def recurs(self, task: Task) -> str:
        return task.recurrence["text"] if task.recurrence else ""

    @admin.action(description="Restore from the trash", permissions=["operate"])
    def restore(self, request: HttpRequest, rows: QuerySet[Task]) -> HttpResponse | None:
        question = (
            "Restore these tasks? Their reminders are planned again; those not in the trash stay as they are."
        )
        if asked := question_before(self, request, _plain(rows), action="restore", question=question):
            return asked
        self.act_on_each(request, rows, _restore, note="Restored from the trash.")
        return None


@admin.register(Series)
class SeriesAdmin(OwnedAdmin):
    list_display = (
        "id",
        "owner",
        "title",
        "rule",
        "anchor",
        "advance",
        "start",
        "state",
        "stuck_reason",
        "end_reason",
    )
    list_filter = (("stuck_since", admin.EmptyFieldListFilter), "anchor", "advance", "end_reason")
    search_help_text = "Id of a series, or name of its owner."
    actions = ("cancel", "try_again")

    @admin.action(description="Try again to make the next occurrence", permissions=["operate"])
    def try_again(self, request: HttpRequest, rows: QuerySet[Series]) -> HttpResponse | None:
        question = "Try these now? Those that are not stuck stay as they are."
        if asked := question_before(self, request, _plain(rows), action="try_again", question=question):
            return asked
        self.act_on_each(request, rows, _try_again, note="Tried again.")
        return None

    @admin.action(description="Cancel", permissions=["operate"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Series]) -> HttpResponse | None:
        question = "Cancel these series? What is open stays as the last, and nothing comes after it."
        if asked := question_before(self, request, _plain(rows), action="cancel", question=question):
            return asked
        self.act_on_each(request, rows, _cancel, note="Cancelled.")
        return None


@admin.register(Reminder)
class ReminderAdmin(OwnedAdmin):
    list_display = ("id", "owner", "task", "offset", "at", "status", "reason", "fire_at", "fired_at", "late")
    list_filter = ("status", "reason", "late")
    numbers = ("id", "task_id")
    search_help_text = "Id of a reminder or a task, or name of the owner."
    list_select_related = ("owner", "task")
    actions = ("fire_now",)

    @admin.action(description="Fire now", permissions=["operate"])
    def fire_now(self, request: HttpRequest, rows: QuerySet[Reminder]) -> HttpResponse | None:
        question = "Fire these now? Their owners are told at once, also of what has fired before."
        if asked := question_before(self, request, _plain(rows), action="fire_now", question=question):
            return asked
        self.act_on_each(request, rows, _fire_now, note="Fired.")
        return None


@admin.register(Tag)
class TagAdmin(OwnedAdmin):
    list_display = ("id", "owner", "name", "color", "former_name", "retired_at", "into")
    search_help_text = "Id of a tag, or name of its owner."
    list_select_related = ("owner", "into")


@admin.register(SavedView)
class SavedViewAdmin(OwnedAdmin):
    list_display = ("id", "owner", "name", "query", "group", "sort", "position", "version")
    search_help_text = "Id of a saved view, or name of its owner."


@admin.register(TagJob)
class TagJobAdmin(OwnedAdmin):
    list_display = ("id", "owner", "kind", "tag_id", "into_id", "done", "total", "created_at", "finished_at")
    list_filter = ("kind", ("finished_at", admin.EmptyFieldListFilter))
    numbers = ("id",)
    search_help_text = "Id of a job, or name of its owner."


@admin.register(TrashJob)
class TrashJobAdmin(OwnedAdmin):
    list_display = ("id", "owner", "done", "total", "created_at", "finished_at")
    list_filter = (("finished_at", admin.EmptyFieldListFilter),)
    numbers = ("id",)
    search_help_text = "Id of a job, or name of its owner."


@admin.register(DemoRun)
class DemoRunAdmin(OwnedAdmin):
    list_display = ("id", "owner", "seed", "made", "made_owner", "created_at")
    search_help_text = "Id of a run, or name of its owner."


@admin.register(ReplanJob)
class ReplanJobAdmin(OwnedAdmin):
    list_display = ("id", "owner", "event_seq", "position", "failed", "retry_at", "created_at", "finished_at")
    list_filter = (("finished_at", admin.EmptyFieldListFilter),)
