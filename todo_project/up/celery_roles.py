"""Celery's worker and beat as threads of one process, with a broker in memory.

Celery takes most of a second to import, so each thread does that by itself, while the port answers already.
"""

import threading

LONGEST_SLEEP_SECONDS = 1.0
# Not `deliveries`: the one thread that runs jobs must not wait for a mail server; another does (platform.py).
_QUEUES = ("sweeps", "jobs")


def run_worker(stop: threading.Event) -> None:
    """Run jobs one at a time until `halt_worker()`."""
    from celery.worker import WorkController, state  # noqa: PLC0415

    from todo_project.celery import app  # noqa: PLC0415

    state.should_stop = None
    if stop.is_set():
        return
    # Nothing here needs what workers tell each other; mingling alone would take a second at start.
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
    """Let the worker end after the job that it runs. Called after `stop` is set: a starting one sees either."""
    from celery.worker import state  # noqa: PLC0415

    state.should_stop = 0  # type: ignore[assignment]  # an exit code, which its types do not know


def run_beat(stop: threading.Event) -> None:
    """Send what the schedule says until `stop` is set. Celery's own embedded service can only be slept out."""
    from todo_project.celery import app, beat_schedule  # noqa: PLC0415
    from todo_project.health.celery_heartbeats import MemoryScheduler  # noqa: PLC0415

    app.conf.beat_schedule = beat_schedule(_QUEUES)
    scheduler = MemoryScheduler(app, max_interval=LONGEST_SLEEP_SECONDS)
    try:
        while not stop.wait(min(scheduler.tick(), LONGEST_SLEEP_SECONDS)):
            pass
    finally:
        scheduler.close()
