"""The loop that keeps Dapr's jobs as the rows are, in a process of its own or as a thread of `up`."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import Final

from events_app.runtime import heartbeats
from events_app.runtime.engine import Chore
from events_app.runtime.watchdog import report_turn, watch_loop
from events_app.transports.dapr_jobs import EVERY_SECONDS, JobPlanner

JOBS_ROLE: Final = "dapr-jobs"
_LOOK_SECONDS: Final = 0.2


def keep_jobs_set(is_stopping: Callable[[], bool], note: Callable[[int], None] = lambda jobs: None) -> None:
    """Set the jobs every minute until asked to stop; `note` is called with their number each time.

    Without a sidecar or scheduler the failure is logged, and the next minute tries again.
    """
    planner = JobPlanner.from_settings()
    chores = (
        Chore("plan", lambda: note(planner.plan()), every_seconds=EVERY_SECONDS),
        Chore("heartbeat", lambda: heartbeats.beat(JOBS_ROLE), every_seconds=heartbeats.BEAT_SECONDS),
    )
    with watch_loop(f"the loop of {JOBS_ROLE}"):
        while not is_stopping():
            report_turn()
            for chore in chores:
                chore.run_if_due(monotonic())
            sleep(_LOOK_SECONDS)
    planner.close()
    heartbeats.retire(JOBS_ROLE)
