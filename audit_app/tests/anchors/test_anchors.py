"""Anchors are made once a day, go to the log and a file, and show what was rewritten by who has the key."""

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from audit_app import protection
from audit_app.anchors import making
from audit_app.anchors.comparing import AnchorComparison, AnchorFault
from audit_app.anchors.lines import read_anchors
from audit_app.anchors.making import ANCHOR_EVERY, make_anchors
from audit_app.models import AnchoredHead, AuditEntry, AuditHead, TrailAnchor
from audit_app.operations.forgetting import forget_trail
from audit_app.tests.events import record_and_audit, rehash, task_created
from foundation.database.transactions import clock, database_now

pytestmark = pytest.mark.django_db
OLD, NEW = "1:the old key of the trail, long enough", "2:the new key of the trail, long enough"


@pytest.fixture(autouse=True)
def file(tmp_path: Path, settings: LazySettings) -> Path:
    """Two trails, and a file for anchors."""
    protection.install(connection)
    settings.AUDIT_KEYS = (OLD,)
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    record_and_audit(1, *[task_created()] * 5)
    record_and_audit(2, task_created())
    return tmp_path / "anchors"


def days_later(days: int) -> Any:
    start = datetime.now(UTC)
    return clock(lambda: start + days * ANCHOR_EVERY + timedelta(seconds=1))


def faults(path: Path) -> list[AnchorFault]:
    with path.open() as lines:
        return list(AnchorComparison().compare(lines))


def rewrite(user_id: int, *, key_version: int | None = None) -> None:
    """Change the second entry and give it, and all that follow, hashes that fit, as who has the key can."""
    protection.remove(connection)
    previous = ""
    for entry in AuditEntry.objects.filter(user_id=user_id).order_by("position"):
        entry.actor_id = "somebody else" if entry.position == 2 else entry.actor_id
        entry.key_version = key_version or entry.key_version
        entry.prev_hash = previous or entry.prev_hash
        entry.hash = previous = rehash(entry)
        entry.save()
    AuditHead.objects.filter(pk=user_id).update(hash=previous)
    protection.install(connection)


def test_one_is_made_a_day() -> None:
    assert [make_anchors(), make_anchors()] == [1, 0]
    with days_later(1):
        assert [make_anchors(), make_anchors()] == [1, 0]
    assert list(TrailAnchor.objects.values_list("number", "heads", "is_complete")) == [
        (1, 2, True),
        (2, 0, True),
    ]


def test_only_the_chains_that_have_grown_are_in_the_next_one() -> None:
    make_anchors()
    record_and_audit(2, task_created())
    with days_later(1):
        make_anchors()
    assert list(AnchoredHead.objects.filter(anchor=2).values_list("user_id", "entries")) == [(2, 2)]


def test_many_chains_take_several_at_once(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setattr(making, "HEADS_AT_ONCE", 1)
    assert make_anchors() == 3
    assert list(TrailAnchor.objects.values_list("heads", "is_complete")) == [
        (1, False),
        (1, False),
        (0, True),
    ]
    assert faults(file) == []


def test_the_file_has_every_anchor_once_and_agrees(file: Path) -> None:
    for day in range(3):
        with days_later(day):
            make_anchors()
            make_anchors()
        record_and_audit(1, task_created())
    anchors = list(read_anchors(file.read_text().splitlines()))
    assert [anchor.number for anchor in anchors] == [1, 2, 3]
    assert [len(anchor.ends) for anchor in anchors] == [2, 1, 1]
    assert faults(file) == []
    call_command("audit_verify", "--against", str(file))


def test_what_a_crash_kept_out_of_the_file_is_appended_later(file: Path, settings: LazySettings) -> None:
    settings.AUDIT_ANCHOR_FILE = ""
    make_anchors()
    settings.AUDIT_ANCHOR_FILE = str(file)
    make_anchors()
    whole = file.read_text()
    assert faults(file) == []
    for torn in (whole[:-70], whole[: whole.index("\n") + 30], whole[:40]):
        file.write_text(torn)
        make_anchors()
        assert [anchor.number for anchor in read_anchors(file.read_text().splitlines())] == [1]
        assert faults(file) == []


def test_a_file_that_can_not_be_written_keeps_no_anchor_from_the_log(
    settings: LazySettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.AUDIT_ANCHOR_FILE = str(tmp_path)
    with caplog.at_level(logging.INFO):
        assert make_anchors() == 1
    assert "audit anchors cannot be appended to the file: Is a directory" in caplog.messages


def test_two_at_once_make_one(file: Path) -> None:
    line = making._insert_anchor(None)
    with pytest.raises(IntegrityError), transaction.atomic():
        making._insert_anchor(None)
    assert TrailAnchor.objects.get().root == line.root


class TestAttacks:
    def test_a_rewritten_trail_is_found_after_the_key_has_changed(
        self, file: Path, settings: LazySettings
    ) -> None:
        make_anchors()
        settings.AUDIT_KEYS = (NEW, OLD)
        rewrite(1, key_version=2)
        assert faults(file) == [
            AnchorFault(1, "its trail was rewritten up to entry 5 after it was anchored", 1)
        ]
        with pytest.raises(SystemExit):
            call_command("audit_verify", "--against", str(file))

    def test_also_when_the_anchors_of_the_database_are_made_anew(
        self, file: Path, settings: LazySettings
    ) -> None:
        make_anchors()
        kept = file.read_text()
        settings.AUDIT_KEYS = (NEW, OLD)
        rewrite(1, key_version=2)
        protection.remove(connection)
        AnchoredHead.objects.all().delete()
        TrailAnchor.objects.all().delete()
        make_anchors()
        file.write_text(kept)
        assert {fault.reason for fault in faults(file)} == {
            "the database does not have this anchor, or has another",
            "its trail was rewritten up to entry 5 after it was anchored",
        }

    def test_a_cut_trail_is_found_although_the_log_was_cut_as_well(self, file: Path) -> None:
        make_anchors()
        protection.remove(connection)
        AuditEntry.objects.filter(user_id=1, position__gt=3).delete()
        last = AuditEntry.objects.get(user_id=1, position=3)
        AuditHead.objects.filter(pk=1).update(seq=3, entries=3, hash=last.hash)
        assert faults(file) == [AnchorFault(1, "its trail has no entry 5 any more", 1)]

    def test_a_trail_that_is_gone_is_found(self, file: Path) -> None:
        make_anchors()
        protection.remove(connection)
        AuditEntry.objects.filter(user_id=2).delete()
        AuditHead.objects.filter(pk=2).delete()
        assert [fault.user_id for fault in faults(file)] == [2]

    @pytest.mark.parametrize(
        ("was", "becomes", "reason"),
        [
            ("audit-head 1 1 1 5 ", "audit-head 1 1 1 5 f", "the ends of chains"),
            ("audit-anchor 1 1 20", "audit-anchor 1 1 30", "it is not signed"),
            ("audit-anchor 1 1 ", "audit-anchor 1 7 ", "it is not signed"),
        ],
    )
    def test_a_changed_file_is_found(self, file: Path, was: str, becomes: str, reason: str) -> None:
        make_anchors()
        lines = [
            f"{line.replace(was, becomes)[: len(line)]}" if was in line else line
            for line in file.read_text().splitlines()
        ]
        file.write_text("\n".join(lines) + "\n")
        assert any(reason in fault.reason for fault in faults(file))

    def test_a_missing_anchor_is_found(self, file: Path) -> None:
        for day in range(3):
            with days_later(day):
                make_anchors()
        lines = [line for line in file.read_text().splitlines() if "audit-anchor 1 2 " not in line]
        file.write_text("\n".join(lines))
        assert faults(file) == [AnchorFault(3, "it does not follow the anchor before it")]

    def test_a_file_without_anchors_proves_nothing(self, file: Path) -> None:
        file.write_text("nothing\n")
        assert faults(file) == [AnchorFault(0, "there is no anchor in it")]

    def test_an_anchor_can_not_be_changed_in_the_database(self) -> None:
        make_anchors()
        for statement in (
            "UPDATE audit_app_trailanchor SET root = 'f'",
            "DELETE FROM audit_app_trailanchor",
            "DELETE FROM audit_app_anchoredhead",
            "UPDATE audit_app_anchoredhead SET user_id = NULL, entries = NULL",
            "UPDATE audit_app_anchoredhead SET digest = 'f'",
        ):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                connection.cursor().execute(statement)


class TestForgotten:
    @pytest.fixture
    def user(self, file: Path) -> User:
        user = make_user()
        record_and_audit(user.pk, *[task_created()] * 4)
        User.objects.filter(pk=user.pk).update(deletion_requested_at=database_now())
        return user

    def test_a_forgotten_trail_agrees_and_leaves_no_name(self, user: User, file: Path) -> None:
        make_anchors()
        forget_trail(user.pk)
        assert not AnchoredHead.objects.filter(user_id=user.pk).exists()
        assert AnchoredHead.objects.filter(user_id=None).count() == 1
        assert faults(file) == []
        file.unlink()
        make_anchors()
        assert f" {user.pk} 4 " not in file.read_text()
        assert faults(file) == []

    def test_a_line_that_says_less_than_was_anchored_is_found(self, user: User, file: Path) -> None:
        make_anchors()
        protection.remove(connection)
        AuditEntry.objects.filter(user_id=user.pk, position__gt=1).delete()
        first = AuditEntry.objects.get(user_id=user.pk)
        AuditHead.objects.filter(pk=user.pk).update(seq=1, entries=1, hash=first.hash)
        forget_trail(user.pk)
        assert [fault.user_id for fault in faults(file)] == [user.pk]


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="cannot be read"):
        call_command("audit_verify", "--against", str(tmp_path / "nowhere"))


def test_machines_get_counts(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_anchors()
    call_command("audit_verify", "--json", "--against", str(file))
    compared, _ = map(json.loads, capsys.readouterr().out.splitlines())
    assert compared == {"anchors": 1, "ends": 2, "differences": 0}
