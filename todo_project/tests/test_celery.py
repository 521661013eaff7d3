"""The schedule, and that every message reaches the one queue that it is for."""

import subprocess
import sys
from collections import Counter

import pytest

from todo_project.celery import QUEUES, app, beat_schedule
from todo_project.up import celery_roles


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


def test_a_job_that_any_thread_of_any_role_sends_goes_to_our_broker() -> None:
    ask = (
        "import django; django.setup()\n"
        "from concurrent.futures import ThreadPoolExecutor as Pool; from celery import current_app\n"
        "print(Pool(1).submit(lambda: current_app.conf.broker_url).result())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "memory://localhost/"


def test_in_one_process_no_job_waits_for_the_world_outside() -> None:
    assert {entry["options"]["queue"] for entry in beat_schedule(celery_roles._QUEUES).values()} == {
        "sweeps",
        "jobs",
    }
