import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from audit_app import protection
from audit_app.models import AuditEntry, AuditHead
from audit_app.tests.events import record_and_audit, task_created
from audit_app.verification.invariants import find_broken_trails

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def two_protected_trails() -> None:
    protection.install(connection)
    record_and_audit(1, task_created(), task_created())
    record_and_audit(2, task_created())


def run(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    out = StringIO()
    try:
        call_command("audit_verify", "--json", *arguments, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), list(_lines(out))
    return 0, list(_lines(out))


def _lines(out: StringIO) -> Iterator[dict[str, Any]]:
    return map(json.loads, out.getvalue().splitlines())


def break_head_of(user_id: int) -> None:
    protection.remove(connection)
    AuditHead.objects.filter(pk=user_id).update(hash="f" * 64)
    protection.install(connection)


def test_trails_that_are_right_exit_with_0() -> None:
    assert run() == (0, [{"users": 2, "entries": 3, "broken": 0}])
    assert list(find_broken_trails()) == []


def test_one_that_is_wrong_is_named_and_exits_with_1() -> None:
    break_head_of(2)
    code, [finding, total] = run()
    assert (code, finding["user_id"], finding["first_bad_sequence"]) == (1, 2, 1)
    assert total["broken"] == 1
    assert [found.subject for found in find_broken_trails()] == ["user 2"]


def test_one_user_can_be_verified_alone() -> None:
    break_head_of(2)
    assert run("--user", "1") == (0, [{"users": 1, "entries": 2, "broken": 0}])


def test_only_what_is_new_is_walked_when_asked_for() -> None:
    assert run()[0] == 0
    protection.remove(connection)
    AuditEntry.objects.filter(user_id=1, position=1).update(data="{}")
    protection.install(connection)
    assert run("--new") == (0, [{"users": 2, "entries": 3, "broken": 0}])
    assert run()[0] == 1
    code, [finding, total] = run("--new")
    assert (code, finding["user_id"], total["broken"]) == (1, 1, 1), "what was found wrong is not forgotten"


def test_a_missing_trigger_exits_with_1() -> None:
    protection.remove(connection)
    code, lines = run()
    assert code == 1
    assert {"unprotected": "trigger audit_head_only_forward is missing"} in lines


def test_people_get_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    break_head_of(2)
    with pytest.raises(SystemExit):
        call_command("audit_verify")
    assert "FAIL user 2: wrong from sequence 1" in capsys.readouterr().out
