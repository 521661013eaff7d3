"""All sweeps and who wakes them: Celery's schedule and jobs, our loops and Dapr's jobs are made from this table.

A sweep finds the due rows in the database and works on them. So waking it is only a hint, and each waker alone is
enough: one that is away, late or repeated changes nothing. Celery wakes sweeps most often. The loops wake them less
often, for a platform without beat or worker. Dapr's jobs wake them at the exact instants that are stored in rows.
"""

from events_app.consumers.specs import SweepSpec

SWEEPS: tuple[SweepSpec, ...] = (
    SweepSpec(
        name="reminders",
        function="tasks_app.operations.reminders.fire.fire_due_reminders",
        job="tasks_app.jobs.fire_due_reminders",
        queue="sweeps",
        beat_seconds=1,
        loop="chores",
        loop_seconds=5,
        instants="tasks_app.queries.reminders.upcoming_instants",
        binding="reminder-cron",
    ),
    SweepSpec(
        name="advance",
        function="tasks_app.operations.series.missed.advance_series",
        job="tasks_app.jobs.advance_series",
        queue="sweeps",
        beat_seconds=1,
        loop="chores",
        loop_seconds=5,
        instants="tasks_app.queries.series.coming_slots",
    ),
    SweepSpec(
        name="series",
        function="tasks_app.operations.completion.retry_stuck_series",
        job="tasks_app.jobs.retry_stuck_series",
        queue="jobs",
        beat_seconds=5,
        loop="chores",
        loop_seconds=5,
    ),
    SweepSpec(
        name="replan",
        function="tasks_app.operations.reminders.replan.run_replan_jobs",
        job="tasks_app.jobs.run_replan_jobs",
        queue="jobs",
        beat_seconds=2,
        loop="chores",
        loop_seconds=5,
    ),
    SweepSpec(
        name="tags",
        function="tasks_app.operations.tags.edit.run_tag_jobs",
        job="tasks_app.jobs.run_tag_jobs",
        queue="jobs",
        beat_seconds=1,
        loop="chores",
        loop_seconds=5,
    ),
    SweepSpec(
        name="quiet_hours",
        function="notifications_app.operations.quiet.release_held_notifications",
        job="notifications_app.jobs.release_held_notifications",
        queue="sweeps",
        beat_seconds=2,
        loop="chores",
        loop_seconds=5,
    ),
    SweepSpec(
        name="trash",
        function="tasks_app.operations.trash.trash.purge_trash",
        job="tasks_app.jobs.purge_trash",
        queue="jobs",
        beat_seconds=60,
        loop="chores",
        loop_seconds=60,
    ),
    SweepSpec(
        name="expiry",
        function="accounts_app.operations.expiry.remove_expired",
        job="accounts_app.jobs.remove_expired",
        queue="jobs",
        beat_seconds=60,
        loop="chores",
        loop_seconds=30,
    ),
    SweepSpec(
        name="reconcile",
        function="events_app.consumers.reconcile.reconcile",
        job="events_app.jobs.reconcile",
        queue="sweeps",
        beat_seconds=2,
        loop="events",
        loop_seconds=1,
    ),
    # Sending waits for servers outside: it has its own loop and queue, so that no engine waits with it.
    SweepSpec(
        name="deliveries",
        function="notifications_app.sender.send_all_due",
        job="notifications_app.jobs.send_due_deliveries",
        queue="deliveries",
        beat_seconds=2,
        loop="deliver",
        loop_seconds=1,
    ),
    # Without a loop: only platforms with a worker verify all trails within a day.
    SweepSpec(
        name="audit",
        function="audit_app.verification.rounds.verify_round",
        job="audit_app.jobs.verify_round",
        queue="jobs",
        beat_seconds=10,
    ),
)
