"""Killed under load and started again, the one process goes on at once: nothing waits for a dead one's leases."""

import json
import shutil
import threading
from pathlib import Path

import httpx
import pytest

from devstack.waiting import wait_until
from todo_project.tests.platform.people import Person, register
from todo_project.tests.platform.roles import PATIENCE, Stopwatch
from todo_project.tests.up.starting import Running, Start, run_manage
from todo_project.up.data_dir import hold_data_dir

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

AT_ONCE_SECONDS = 6.0  # the leases of lanes last ten, of deliveries and slots sixty
KILLED_AT = 60
# Two deliveries that are under way for minutes: one of ours, one of another machine's.
UNDER_WAY = """
from datetime import timedelta
from django.utils import timezone
from accounts_app.models import User
from notifications_app.models import Delivery, Notification
now = timezone.now()
for key, holder in (("ours", "{holder}"), ("theirs", "elsewhere:1:abc")):
    notification = Notification.objects.create(
        user=User.objects.get(username="anna"), kind="reminder", title="x", body="", shown_at=now, reminder_id=1,
        firing=len(key), task_id=1, caused_by=1, created_at=now,
    )
    Delivery.objects.create(
        notification=notification, channel="in_app", key=key, status="sending", attempts=1, lease_holder=holder,
        lease_until=now + timedelta(minutes=5), next_attempt_at=now + timedelta(minutes=5),
    )
"""


class Load(threading.Thread):
    """Creates tasks until the platform is gone."""

    def __init__(self, person: Person) -> None:
        super().__init__(daemon=True)
        self.person = person
        self.made = 0

    def run(self) -> None:
        while True:
            try:
                self.person.call("POST", "/api/tasks/", {"title": f"{self.made}"}, expect=201)
            except httpx.HTTPError:
                return
            self.made += 1


def unpublished(running: Running) -> int:
    return int(running.value("SELECT COALESCE(SUM(head - published), 0) FROM events_app_stream"))


def behind(running: Running) -> int:
    """How many events some consumer has not applied: what the dead process had told them in memory."""
    return int(
        running.value(
            "SELECT COUNT(*) FROM events_app_stream s JOIN events_app_cursor c ON c.stream_id = s.id"
            " WHERE c.consumer <> 'replan' AND c.seq < s.head"
        )
    )


def kill_under_load(running: Running) -> Person:
    """Kill a platform that is being written to; return who wrote."""
    person = register(running.becomes_ready().url, "anna")
    load = Load(person)
    load.start()
    assert wait_until(lambda: load.made >= KILLED_AT, seconds=PATIENCE)
    running.role.kill()
    load.join(PATIENCE)
    assert running.value("SELECT COUNT(*) FROM events_app_lease") == 17  # held for ten seconds more
    return person


def test_killed_under_load_it_publishes_at_once_when_it_is_back(start: Start) -> None:
    killed = start()
    anna = kill_under_load(killed)
    again = start(killed.data_dir)
    anna.url = again.url
    watch = Stopwatch()
    with anna.socket(anna.url) as socket:
        anna.call("POST", "/api/tasks/", {"title": "first"}, expect=201)
        socket.until_event(lambda event: '"first"' in json.dumps(event))
        heard = watch.seconds
        assert wait_until(lambda: unpublished(again) == 0 and behind(again) == 0, seconds=PATIENCE)
        settled = watch.seconds
    assert max(heard, settled) < AT_ONCE_SECONDS, f"{heard:.2f} and {settled:.2f} s"
    again.becomes_ready()
    assert again.value("SELECT COUNT(DISTINCT holder) FROM events_app_lease") == 1
    assert again.value("SELECT COUNT(*) FROM events_app_heartbeat WHERE role = 'relay'") == 1


def test_deliveries_and_slots_of_a_killed_process_are_taken_over(start: Start) -> None:
    killed = start()
    anna = register(killed.becomes_ready().url, "anna")
    with anna.socket(anna.url):
        assert killed.value("SELECT COUNT(*) FROM realtime_app_socketslot") == 1
        holder = killed.value("SELECT holder FROM events_app_lease LIMIT 1")
        killed.role.kill()
    done = run_manage(
        "shell", "--no-imports", "--command", UNDER_WAY.format(holder=holder), environment=killed.environment
    )
    assert done.returncode == 0, done.stderr
    again = start(killed.data_dir).becomes_ready()
    assert again.value("SELECT COUNT(*) FROM realtime_app_socketslot") == 0
    ours = "SELECT COUNT(*) FROM notifications_app_delivery WHERE key = 'ours' AND status <> 'sending'"
    assert wait_until(lambda: again.value(ours) == 1, seconds=PATIENCE)
    theirs = "SELECT status || attempts FROM notifications_app_delivery WHERE key = 'theirs'"
    assert again.value(theirs) == "sending1"


def test_a_copy_of_a_data_folder_is_another_one(tmp_path: Path) -> None:
    here = tmp_path / "here"
    with hold_data_dir(here) as one:
        pass
    with hold_data_dir(here) as again:
        assert again == one
        shutil.copytree(here, here.parent / "there")
    with hold_data_dir(here.parent / "there") as copy:
        assert copy != one
