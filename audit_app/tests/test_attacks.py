"""The table of attackers in docs/operate/audit-trail.md, cell by cell: each attack is made, and what comes of it read.

Each row of the table names an attack of ATTACKS; its cells say what comes of it for each attacker. A session that
replicates, and the platform's own role, need a real server: todo_project/tests/test_two_roles.py.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import LazySettings, settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import PASSWORD, make_user, signed_in_client
from audit_app import protection
from audit_app.anchors.comparing import AnchorComparison
from audit_app.anchors.making import make_anchors
from audit_app.models import AnchoredHead, AuditEntry, AuditHead, ForgottenTrail, TrailAnchor
from audit_app.operations.forgetting import forget_trail
from audit_app.tests.events import record_and_audit, rehash, task_created
from audit_app.verification.many import verify_all
from audit_app.verification.sealed import seal_line
from devstack.paths import REPOSITORY
from events_app.contracts import stream_key
from events_app.models import Cursor, Event, Stream
from events_app.operating.invariants import find_all
from foundation.database.transactions import database_now

pytestmark = pytest.mark.django_db
DOCUMENT = REPOSITORY / "docs" / "operate" / "audit-trail.md"
KEY, GUESS = "1:the key of the trail, long enough to be one", "1:a guess of who has the database alone"
LENGTH = 6


@pytest.fixture
def victim(tmp_path: Path, settings: LazySettings) -> User:
    """Somebody with a trail that is protected and anchored; another has one as well."""
    settings.AUDIT_KEYS, settings.AUDIT_ANCHOR_FILE = (KEY,), str(tmp_path / "anchors")
    protection.install(connection)
    victim = make_user()
    record_and_audit(victim.pk, *[task_created()] * LENGTH)
    record_and_audit(victim.pk + 1000, task_created())
    make_anchors()
    return victim


def _entries(user: User) -> Any:
    return AuditEntry.objects.filter(user_id=user.pk).order_by("position")


def _unprotected(attack: Callable[[User], None]) -> Callable[[User], None]:
    """The attack by who owns the tables: the triggers are dropped before, and made anew as they were after it."""

    def run(user: User) -> None:
        protection.remove(connection)
        attack(user)
        protection.install(connection)

    return run


def change_entry(user: User) -> None:
    _entries(user).filter(position=2).update(actor_id="somebody else")


def rewrite_chain(user: User) -> None:
    previous = ""
    for entry in _entries(user):
        entry.actor_id = "somebody else" if entry.position == 2 else entry.actor_id
        entry.prev_hash = previous or entry.prev_hash
        entry.hash = previous = rehash(entry)
        entry.save()
    AuditHead.objects.filter(pk=user.pk).update(hash=previous)


def replace_rows(user: User) -> None:
    """As REPLACE or ON CONFLICT does it, under triggers that stand."""
    columns = [field.attname for field in AuditEntry._meta.concrete_fields if field.attname != "actor_id"]
    listed = ", ".join(columns)
    verb = "INSERT" if connection.vendor == "postgresql" else "INSERT OR REPLACE"
    conflict = "ON CONFLICT (id) DO UPDATE SET actor_id = 'x'" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{verb} INTO audit_app_auditentry ({listed}, actor_id) SELECT {listed}, 'somebody else'"
            f" FROM audit_app_auditentry WHERE user_id = %s {conflict}",
            [user.pk],
        )


def invent_entry(user: User) -> None:
    last = _entries(user).last()
    last.pk, last.seq, last.position, last.prev_hash = None, last.seq + 1, last.position + 1, last.hash
    last.hash = rehash(last)
    last.save(force_insert=True)
    AuditHead.objects.filter(pk=user.pk).update(seq=last.seq, entries=last.position, hash=last.hash)


def cut_trail(user: User) -> None:
    _entries(user).filter(position__gt=LENGTH - 2).delete()
    last = _entries(user).last()
    AuditHead.objects.filter(pk=user.pk).update(seq=last.seq, entries=last.position, hash=last.hash)


def remove_trail(user: User) -> None:
    _entries(user).delete()
    AuditHead.objects.filter(pk=user.pk).delete()


def disarm_trigger(user: User) -> None:
    """One of the same name that does nothing, and what it then no longer prevents."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP TRIGGER audit_entry_no_update ON audit_app_auditentry")
            cursor.execute(
                "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$"
            )
            cursor.execute(
                "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_app_auditentry"
                " FOR EACH STATEMENT EXECUTE FUNCTION nothing()"
            )
        else:
            cursor.execute("DROP TRIGGER audit_entry_no_update")
            cursor.execute(
                "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_app_auditentry BEGIN SELECT 1; END"
            )


def rewrite_trail_and_log(user: User) -> None:
    rewrite_chain(user)
    Event.objects.filter(stream__key=stream_key(user.pk), seq=2).update(actor_id="somebody else")


def cut_trail_and_log(user: User) -> None:
    cut_trail(user)
    stream, to = Stream.objects.get(key=stream_key(user.pk)), LENGTH - 2
    Event.objects.filter(stream=stream, seq__gt=to).delete()
    Cursor.objects.filter(stream=stream).update(seq=to)
    Stream.objects.filter(pk=stream.pk).update(head=to, published=to, settled=0)


def forge_line(user: User) -> None:
    head = AuditHead.objects.get(pk=user.pk)
    line = ForgottenTrail(user.pk, head.entries, head.hash, database_now())
    line.key_version, line.seal = seal_line(line)
    line.save(force_insert=True)
    remove_trail(user)
    Stream.objects.filter(key=stream_key(user.pk)).delete()


def remove_line(user: User) -> None:
    """Of an account that was deleted: as if nobody had ever been there."""
    User.objects.filter(pk=user.pk).update(deletion_requested_at=database_now())
    Stream.objects.filter(key=stream_key(user.pk)).delete()
    forget_trail(user.pk)
    ForgottenTrail.objects.filter(pk=user.pk).delete()


def remake_anchors(user: User) -> None:
    """Remove the anchors, rewrite what they covered, and make new ones."""
    TrailAnchor.objects.all().delete()
    AnchoredHead.objects.all().delete()
    rewrite_trail_and_log(user)
    with patch.object(settings, "AUDIT_ANCHOR_FILE", ""):
        make_anchors()


ATTACKS: dict[str, Callable[[User], None]] = {
    "replace rows while the triggers stand": replace_rows,
    "put a trigger of the same name in place that does nothing": disarm_trigger,
    "change an entry": _unprotected(change_entry),
    "rewrite a chain with hashes that fit": _unprotected(rewrite_chain),
    "invent an entry": _unprotected(invent_entry),
    "remove the newest entries and move the head back": _unprotected(cut_trail),
    "remove a whole trail with its head": _unprotected(remove_trail),
    "rewrite a trail and its log alike": _unprotected(rewrite_trail_and_log),
    "cut a trail and its log alike": _unprotected(cut_trail_and_log),
    "remove a trail as if its account had been deleted": _unprotected(forge_line),
    "remove the line that stays of a deleted account": _unprotected(remove_line),
    "make the anchors anew over a rewritten trail and log": _unprotected(remake_anchors),
}


def table() -> Iterator[tuple[str, list[str]]]:
    """The rows of the document: attack, and a cell for each attacker."""
    text = DOCUMENT.read_text().split("## Attackers")[1].split("\n## ")[0]
    for attack, *cells in re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)[
        2:
    ]:
        yield attack, cells


def cells(attacker: int) -> list[Any]:
    return [pytest.param(attack, row[attacker], id=attack) for attack, row in table()]


def outcome(attack: Callable[[User], None], user: User) -> str:
    """Make the attack and return the word of the table for what comes of it."""
    try:
        with transaction.atomic():
            attack(user)
    except IntegrityError:
        return "refused"
    finally:
        settings.AUDIT_KEYS = (KEY,)
    # Not those that compare the log with tasks: the events of this test have none.
    broken = [found for found in find_all() if found.kind == "broken" and found.check != "replay"]
    if broken or protection.find_differences(connection) or not all(each.ok for each in verify_all()):
        return "found"
    with Path(settings.AUDIT_ANCHOR_FILE).open() as lines:
        return "against an anchor" if list(AnchorComparison().compare(lines)) else "not found"


def test_the_table_has_every_attack() -> None:
    assert [attack for attack, _ in table()] == list(ATTACKS)


@pytest.mark.parametrize(("attack", "cell"), cells(1))
def test_who_has_the_database(victim: User, settings: LazySettings, attack: str, cell: str) -> None:
    settings.AUDIT_KEYS = (GUESS,)
    assert outcome(ATTACKS[attack], victim) == cell


@pytest.mark.parametrize(("attack", "cell"), cells(2))
def test_who_has_the_database_and_the_key(victim: User, attack: str, cell: str) -> None:
    assert outcome(ATTACKS[attack], victim) == cell


def test_without_an_attack_nothing_is_found(victim: User) -> None:
    assert outcome(_unprotected(lambda _: None), victim) == "not found"


def test_a_user_and_staff_have_no_door_to_any_of_it(victim: User) -> None:
    assert {row[0] for _, row in table()} == {"refused"}
    before = list(_entries(victim).values())
    _try_every_method(signed_in_client(victim))
    staff = make_user(is_staff=True, is_superuser=True)
    _try_every_method(signed_in_client(staff))
    browser = Client()
    assert browser.login(username=staff.username, password=PASSWORD)
    for model in ("auditentry", "audithead"):
        key = _entries(victim).first().pk if model == "auditentry" else victim.pk
        for path in ("add/", f"{key}/change/", f"{key}/delete/"):
            answer = browser.post(f"/admin/audit_app/{model}/{path}", {"actor_id": "x"})
            assert answer.status_code in (403, 404), path
        chosen = {"action": "delete_selected", "_selected_action": [key]}
        browser.post(f"/admin/audit_app/{model}/", chosen)
    assert list(_entries(victim).values()) == before
    assert all(each.ok for each in verify_all())


def _try_every_method(client: APIClient) -> None:
    for path in ("/api/audit/", "/api/audit/verify/", "/api/tasks/5/history/"):
        for method in ("post", "put", "patch", "delete"):
            assert getattr(client, method)(path, {}).status_code in (403, 404, 405), (method, path)
