"""Celery's worker and beat as threads of one process, with a broker in memory.

Importing Celery takes most of a second. Each thread imports it by itself, while the server already answers.
"""

import threading

LONGEST_SLEEP_SECONDS = 1.0
# Not `deliveries`: the thread that runs jobs must not wait for a mail server; the role `deliver` does (platform.py).
_QUEUES = ("sweeps", "jobs")


def run_worker(stop: threading.Event) -> None:
    """Run jobs one at a time until `halt_worker()`."""
    from celery.worker import WorkController, state  # noqa: PLC0415

    from todo_project.celery import app  # noqa: PLC0415

    state.should_stop = None
    if stop.is_set():
        return
    # There is only one worker: it needs no remote control, and `mingle` alone would take a second at the start.
    app.conf.worker_enable_remote_control = False
    WorkController(
        app=app,
        pool="solo",
        concurrency=1,
        queues=_QUEUES,
        without_heartbeat=True,
        without_gossip=True,
        without_mingle=True,
    ).start()


def halt_worker() -> None:
    """Let the worker end after its current job. Called after `stop` is set: a starting worker sees one of both."""
    from celery.worker import state  # noqa: PLC0415

    state.should_stop = 0  # type: ignore[assignment]  # an exit code; the type stubs expect a bool


def run_beat(stop: threading.Event) -> None:
    """Send the scheduled wake-ups until `stop` is set. Celery's own embedded service cannot be interrupted."""
    from todo_project.celery import app, beat_schedule  # noqa: PLC0415
    from todo_project.health.celery_heartbeats import MemoryScheduler  # noqa: PLC0415

    app.conf.beat_schedule = beat_schedule(_QUEUES)
    scheduler = MemoryScheduler(app, max_interval=LONGEST_SLEEP_SECONDS)
    try:
        while not stop.wait(min(scheduler.tick(), LONGEST_SLEEP_SECONDS)):
            pass
    finally:
        scheduler.close()
