"""What an export says of tasks: tags, saved views, series, every task with where it is now, and every reminder."""

from django.utils import timezone

from accounts_app.credentials.credential import Credential
from accounts_app.operations.exporting import Exported, in_chunks
from tasks_app.api.reminder_views import listed_row
from tasks_app.api.tag_serializers import tag_row
from tasks_app.models import Reminder, Series, Task
from tasks_app.queries.saved_views import saved_view_row, saved_views_of
from tasks_app.queries.series import series_row
from tasks_app.queries.tags import tags_of, tags_with_counts
from tasks_app.queries.tasks import load_all_full


def export_tasks(credential: Credential) -> Exported:
    """Yield tags, saved views, series, tasks (also trashed, missed, withdrawn ones) and reminders, each kind by id."""
    user_id = credential.user_id
    for tags in in_chunks(tags_of(user_id)):
        for counted in tags_with_counts(tags):
            yield "tag", tag_row(counted)
    for views in in_chunks(saved_views_of(user_id)):
        for view in views:
            yield "view", saved_view_row(view)
    for some in in_chunks(Series.objects.filter(owner=user_id)):
        for series in some:
            yield "series", series_row(series)
    for tasks in in_chunks(Task.objects.filter(owner=user_id)):
        now = timezone.now()
        for full in load_all_full(tasks):
            state = {"deleted_at": full.task.deleted_at, "withdrawn": full.task.withdrawn}
            yield "task", {**full.row(now=now), **state}
    for reminders in in_chunks(Reminder.objects.filter(owner=user_id).select_related("task")):
        for reminder in reminders:
            yield "reminder", listed_row(reminder)
