"""The tables of the task domain."""

from tasks_app.models.demo import DemoChunk, DemoRun
from tasks_app.models.jobs import ReplanJob, TagJob, TrashJob
from tasks_app.models.reminders import Reminder
from tasks_app.models.saved_views import SavedView
from tasks_app.models.search import OLD_SEARCH_ROW, SAME_AS_TASK, SearchText
from tasks_app.models.series import (
    MISSED_UNTIL_PAUSED,
    ExcludedSlot,
    MissedSlots,
    Series,
    SeriesChange,
    SeriesTag,
)
from tasks_app.models.tags import Tag, TaskTag
from tasks_app.models.tasks import (
    CURRENT_DOCUMENT,
    DOCUMENT_FORMAT,
    LIVE_OR_ONCE_MISSED,
    MISSED,
    NO_DUE,
    Priority,
    Task,
)

__all__ = [
    "CURRENT_DOCUMENT",
    "DOCUMENT_FORMAT",
    "LIVE_OR_ONCE_MISSED",
    "MISSED",
    "MISSED_UNTIL_PAUSED",
    "NO_DUE",
    "OLD_SEARCH_ROW",
    "SAME_AS_TASK",
    "DemoChunk",
    "DemoRun",
    "ExcludedSlot",
    "MissedSlots",
    "Priority",
    "Reminder",
    "ReplanJob",
    "SavedView",
    "SearchText",
    "Series",
    "SeriesChange",
    "SeriesTag",
    "Tag",
    "TagJob",
    "Task",
    "TaskTag",
    "TrashJob",
]
