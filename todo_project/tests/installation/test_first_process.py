"""Commands that run to their end are told to stop in a container as anywhere else."""

from pathlib import Path
from signal import SIGTERM

import pytest

from todo_project.tests.platform.environment import role_environment
from todo_project.tests.platform.first_process import first_of_container
from todo_project.tests.platform.roles import PATIENCE, Role

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

# Neither a handler of Python's, nor the default action, would end this before the loop in C does.
WORK = "import os, time; print('process', os.getpid(), flush=True); time.sleep(0.1); sum(range(10**12))"


def test_a_command_without_a_handler_ends_at_once(tmp_path: Path) -> None:
    if not first_of_container():
        pytest.skip("this machine allows no namespace of processes")
    environment = role_environment({"TODO_DATA_DIR": str(tmp_path)})
    role = Role(
        ["manage.py", "shell", "--no-imports", "-c", WORK],
        environment=environment,
        log=tmp_path / "shell.log",
        is_first=True,
    )
    try:
        role.says("process 1\n").may_end().signal(SIGTERM)
        assert role.ended(seconds=PATIENCE) == 128 + SIGTERM, role.tail
    finally:
        role.kill()
