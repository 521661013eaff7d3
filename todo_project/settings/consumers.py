"""All consumers: the topics that wake each, the events it wants, its handler, and its policy for a failing event.

The scopes of Dapr's components are made from this table as well (`devstack/dapr/topology.py`).
"""

from events_app.consumers.specs import ConsumerSpec

CONSUMERS: tuple[ConsumerSpec, ...] = (
    ConsumerSpec(
        name="recurrence",
        topics=("task-events",),
        wants=("task.completed",),
        handler="tasks_app.consumers.on_task_completed",
        policy="block",
        start="beginning",
        writes_tasks=True,
        writes_where=("task", "series_id"),
    ),
    ConsumerSpec(
        name="replan",
        topics=(),
        wants=("preferences.updated",),
        handler="tasks_app.consumers.on_preferences_updated",
        policy="block",
        start="beginning",
        writes_tasks=True,
    ),
    ConsumerSpec(
        name="audit",
        topics=("task-events", "reminders", "task-updates"),
        wants=None,
        handler="audit_app.consumers.append_entries",
        many=True,
        policy="block",
        start="beginning",
    ),
    ConsumerSpec(
        name="notifications",
        topics=("reminders", "task-events"),
        wants=("reminder.due", "task.created", "task.updated", "task.completed", "task.deleted"),
        handler="notifications_app.consumers.on_events",
        many=True,  # many reminders fire at the same instant; streams are locked in order
        policy="skip",
        start="beginning",
    ),
    ConsumerSpec(
        name="realtime",
        topics=("task-updates",),
        wants=(
            "task.created",
            "task.updated",
            "task.completed",
            "task.deleted",
            "notification.created",
            "preferences.updated",
            "view.changed",
            "tag.changed",
            "notification.read",
        ),
        handler="realtime_app.consumers.check_showable",
        many=True,
        policy="skip",
        start="now",
        after_commit="realtime_app.consumers.push_ranges",
        prepare="realtime_app.consumers.prepare_pushes",
    ),
)
# Only where a state store is named: others would pay for a cursor in each stream.
SNAPSHOTS = ConsumerSpec(
    name="snapshots",
    topics=("task-events",),
    wants=("task.created", "task.updated", "task.completed", "task.deleted"),
    handler="events_app.consumers.snapshots.check_snapshots",
    many=True,
    policy="skip",
    start="beginning",
    after_commit="events_app.consumers.snapshots.keep_ranges",
    replays_after_commit=True,
)
