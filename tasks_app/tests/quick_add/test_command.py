"""`manage.py quick`."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from accounts_app.models import User
from tasks_app.models import Task
from tasks_app.tests.helpers import kinds


def run(*arguments: str) -> list[dict[str, Any]]:
    """Run the command and return what it said."""
    said = StringIO()
    call_command("quick", "--json", *arguments, stdout=said)
    return [json.loads(line) for line in said.getvalue().splitlines()]


def test_a_line_becomes_a_task(user: User) -> None:
    said = run("Pay rent every month on the 31st 9am #home !high", "--user", user.username)
    task = Task.objects.get()
    assert (task.title, task.owner_id) == ("Pay rent", user.pk)
    assert said[-1] == {"id": task.pk}
    assert "Tag: home" in [line.get("means") for line in said]
    assert kinds(user)[0] == "task.created"


def test_a_dry_run_only_tells(user: User) -> None:
    said = StringIO()
    call_command("quick", "Call mum at 5pm at 6pm", "--user", user.username, "--dry-run", stdout=said)
    assert "Title: Call mum at 5pm" in said.getvalue()
    assert "Left as text: at 5pm. Another date or time later in the line counts." in said.getvalue()
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("Buy milk", "--user", "nobody"), 2),
        (("a" * 2001, "--user", "anna"), 2),
        (("tomorrow", "--user", "anna"), 1),
        (("Lunch feb 30", "--user", "anna", "--strict"), 1),
    ],
)
def test_what_can_not_be_is_refused(user: User, arguments: tuple[str, ...], code: int) -> None:
    user.username = "anna"
    user.save()
    with pytest.raises(SystemExit) as refused:
        call_command("quick", *arguments, stdout=StringIO(), stderr=StringIO())
    assert refused.value.code == code
    assert not Task.objects.exists()
