"""The whole platform in one process, with a Dapr sidecar that carries its events."""

from pathlib import Path
from uuid import uuid4

import pytest

from devstack.dapr import Sidecar, SidecarOptions
from devstack.ports import pick
from devstack.testing import require_services
from devstack.waiting import wait_until
from todo_project.tests.platform.platforms import over_dapr
from todo_project.tests.platform.roles import PATIENCE
from todo_project.tests.up.starting import Running

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(300)]


def test_one_process_behind_one_sidecar_is_all_that_is_expected(tmp_path: Path) -> None:
    """Before, `/readyz` missed receivers and jobs for ever: `up` was both and said neither."""
    stack = require_services("redis", "scheduler")
    prefix, [port] = f"u{uuid4().hex[:8]}", pick(1)
    options = SidecarOptions(
        "redis", files=("secretstore", "reminder-cron", "resiliency"), topic_prefix=f"{prefix}-"
    )
    with Sidecar(prefix, port, stack=stack, options=options) as sidecar:
        environment = {**over_dapr(sidecar, f"{prefix}-"), "TODO_PORT": str(port)}
        running = Running(tmp_path / "data", tmp_path / "up.log", environment)
        try:
            running.becomes_ready()
            with running.signed_in(running.password) as client:
                task = client.post(
                    "/api/tasks/", json={"title": "Dust", "due_at": "2026-01-05", "recurrence": "daily"}
                )
                client.put(f"/api/tasks/{task.json()['id']}/completion/")

                def has_successor() -> bool:
                    listed = client.get("/api/tasks/", params={"status": "pending"}).json()["results"]
                    return [each["series_id"] for each in listed] == [task.json()["series_id"]]

                assert wait_until(has_successor, seconds=PATIENCE), running.role.tail
            assert running.role.stop() == 0
        finally:
            running.role.kill()
