"""Paths of the task endpoints. The trailing slash is optional; older clients have roots of their own."""

from django.urls import URLPattern, re_path

from tasks_app.api.bulk_views import BulkView
from tasks_app.api.explain_views import ExplainView
from tasks_app.api.quick_add import ParseView, QuickView
from tasks_app.api.reminder_views import RemindersView, ReminderView, SnoozeView, TaskRemindersView
from tasks_app.api.return_views import RestoreView, UndoView
from tasks_app.api.saved_views import SavedViewsView, SavedViewView
from tasks_app.api.series_views import CancelSeriesView, DetachView, OccurrencesView, SeriesView, SkipView
from tasks_app.api.snapshot_view import SnapshotView
from tasks_app.api.summary_views import SummaryView
from tasks_app.api.tag_views import MergeTagView, TagJobView, TagsView, TagView
from tasks_app.api.trash_views import TrashedTaskView, TrashJobView, TrashView
from tasks_app.api.views import CompleteView, CompletionView, PreviewView, TasksView, TaskView

_ROOT = "api/tasks"
_OLDER_ROOTS = ("api/todos", "todos", r"api/(?P<user_id>[0-9]+)/tasks")
ONE = r"(?P<task_id>[0-9]+)"


def _paths(root: str, **options: object) -> list[URLPattern]:
    listed = {"plain_list": True, **options} if options else {}
    return [
        re_path(rf"^{root}/?$", TasksView.as_view(**listed)),
        re_path(rf"^{root}/bulk/?$", BulkView.as_view(**options)),
        re_path(rf"^{root}/parse/?$", ParseView.as_view(**options)),
        re_path(rf"^{root}/quick/?$", QuickView.as_view(**options)),
        re_path(rf"^{root}/snapshot/?$", SnapshotView.as_view(**options)),
        re_path(rf"^{root}/summary/?$", SummaryView.as_view(**options)),
        re_path(rf"^{root}/trash/?$", TrashView.as_view(**listed)),
        re_path(rf"^{root}/trash/{ONE}/?$", TrashedTaskView.as_view(**options)),
        re_path(rf"^{root}/trash/jobs/(?P<job_id>[0-9]+)/?$", TrashJobView.as_view(**options)),
        re_path(rf"^{root}/{ONE}/?$", TaskView.as_view(**options)),
        re_path(rf"^{root}/{ONE}/complete/?$", CompleteView.as_view(**options)),
        re_path(rf"^{root}/{ONE}/completion/?$", CompletionView.as_view(**options)),
        re_path(rf"^{root}/{ONE}/reminders/?$", TaskRemindersView.as_view(**options)),
        re_path(rf"^{root}/{ONE}/explain/?$", ExplainView.as_view(**options)),
        re_path(rf"^{root}/{ONE}/restore/?$", RestoreView.as_view(**options)),
        re_path(rf"^{root}/{ONE}/undo/?$", UndoView.as_view(**options)),
        re_path(rf"^{root}/{ONE}/skip/?$", SkipView.as_view(**options)),
        re_path(rf"^{root}/{ONE}/detach/?$", DetachView.as_view(**options)),
    ]


urlpatterns = [
    *_paths(_ROOT),
    re_path(r"^api/reminders/?$", RemindersView.as_view()),
    re_path(r"^api/reminders/(?P<reminder_id>[0-9]+)/?$", ReminderView.as_view()),
    re_path(r"^api/reminders/(?P<reminder_id>[0-9]+)/snooze/?$", SnoozeView.as_view()),
    re_path(r"^api/tags/?$", TagsView.as_view()),
    re_path(r"^api/tags/(?P<tag_id>[0-9]+)/?$", TagView.as_view()),
    re_path(r"^api/tags/(?P<tag_id>[0-9]+)/merge/?$", MergeTagView.as_view()),
    re_path(r"^api/tags/jobs/(?P<job_id>[0-9]+)/?$", TagJobView.as_view()),
    re_path(r"^api/views/?$", SavedViewsView.as_view()),
    re_path(r"^api/views/(?P<view_id>[0-9]+)/?$", SavedViewView.as_view()),
    re_path(r"^api/series/(?P<series_id>[0-9]+)/?$", SeriesView.as_view()),
    re_path(r"^api/series/(?P<series_id>[0-9]+)/occurrences/?$", OccurrencesView.as_view()),
    re_path(r"^api/series/(?P<series_id>[0-9]+)/cancel/?$", CancelSeriesView.as_view()),
    re_path(r"^api/recurrence/preview/?$", PreviewView.as_view()),
    *(pattern for root in _OLDER_ROOTS for pattern in _paths(root, schema=None)),
]
