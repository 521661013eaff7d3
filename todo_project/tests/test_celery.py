"""The schedule, and that every message reaches the one queue that it is for."""

from collections import Counter
from importlib.util import find_spec

import pytest
from django.apps import apps

from events_app.consumers import registry
from todo_project.celery import QUEUES, SCHEDULE, app, beat_schedule
from todo_project.up import celery_roles


@pytest.fixture(scope="module", autouse=True)
def jobs() -> set[str]:
    """The jobs that the apps declare."""
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def test_every_scheduled_job_exists_and_every_job_is_scheduled(jobs: set[str]) -> None:
    assert {job for job, _, _ in SCHEDULE.values()} == jobs


def test_every_app_with_jobs_is_asked_for_them(jobs: set[str]) -> None:
    ours = {config.name for config in apps.get_app_configs() if config.name.endswith("_app")}
    with_jobs = {name for name in ours if find_spec(f"{name}.jobs")}
    assert {job.split(".")[0] for job in jobs} == with_jobs


def test_wake_ups_expire_and_none_waits_in_the_broker() -> None:
    """No ETA and no countdown: Redis would repeat what waits longer than its visibility timeout."""
    for entry in app.conf.beat_schedule.values():
        assert entry["options"].keys() == {"queue", "expires"}
        assert entry["options"]["queue"] in QUEUES
        assert entry["options"]["expires"] == 60


@pytest.mark.parametrize("queue", QUEUES)
def test_a_message_reaches_its_queue_and_no_other(queue: str) -> None:
    with app.connection_for_write() as connection:
        channels = {name: connection.SimpleQueue(name) for name in QUEUES}
        for channel in channels.values():
            channel.clear()
        app.send_task("events_app.jobs.reconcile", queue=queue, connection=connection)
        found = Counter({name: channel.qsize() for name, channel in channels.items()})
        for channel in channels.values():
            channel.clear()
            channel.close()
    assert found == Counter({**dict.fromkeys(QUEUES, 0), queue: 1})


def test_what_leaves_the_platform_is_sent_by_no_engine_and_shares_no_queue() -> None:
    assert "send_due_deliveries" not in {function.__name__ for _, function in registry.sweeps().values()}
    beside = {job for job, _, queue in SCHEDULE.values() if queue == "deliveries"}
    assert beside == {"notifications_app.jobs.send_due_deliveries"}


def test_in_one_process_no_job_waits_for_the_world_outside() -> None:
    assert {entry["options"]["queue"] for entry in beat_schedule(celery_roles._QUEUES).values()} == {
        "sweeps",
        "jobs",
    }
