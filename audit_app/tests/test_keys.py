"""Entries are keyed: who can only write to the database can make none, and keys change without a break."""

import pytest
from django.conf import LazySettings

from audit_app.chain.keys import Seal, entry_secrets, is_sealed, present_key, sign_values
from audit_app.models import AuditEntry, AuditHead
from audit_app.tests.events import record_and_audit, rehash, task_created
from audit_app.verification.walk import verify

OLD, NEW = "1:the old key of the trail, long enough", "2:the new key of the trail, long enough"


@pytest.fixture(autouse=True)
def old_key(settings: LazySettings) -> LazySettings:
    settings.AUDIT_KEYS = (OLD,)
    return settings


def rewrite_chain(user_id: int, *, key_version: int) -> None:
    """Change the first entry and give all of them hashes that fit, under a key or without one."""
    previous = ""
    for entry in AuditEntry.objects.filter(user_id=user_id).order_by("position"):
        if entry.position == 1:
            entry.actor_id = "somebody else"
        entry.key_version = key_version
        entry.prev_hash = previous or entry.prev_hash
        entry.hash = previous = rehash(entry)
        entry.save()
    AuditHead.objects.filter(pk=user_id).update(hash=previous)


@pytest.mark.django_db
class TestEntries:
    def test_who_does_not_know_the_key_can_not_rewrite_a_chain(self, old_key: LazySettings) -> None:
        record_and_audit(1, task_created(), task_created())
        old_key.AUDIT_KEYS = ("1:a guess of whoever has the database alone",)
        rewrite_chain(1, key_version=1)
        old_key.AUDIT_KEYS = (OLD,)
        assert (verify(1).ok, verify(1).first_bad) == (False, 1)

    def test_nor_pass_entries_off_as_those_of_a_time_before_keys(self) -> None:
        record_and_audit(1, task_created(), task_created())
        rewrite_chain(1, key_version=0)
        assert verify(1).reason == "it has no key, and is none of those that were sealed without one"

    def test_the_version_of_the_key_is_part_of_what_is_hashed(self, old_key: LazySettings) -> None:
        record_and_audit(1, task_created())
        old_key.AUDIT_KEYS = (OLD, f"2:{OLD.removeprefix('1:')}")
        AuditEntry.objects.update(key_version=2)
        assert not verify(1).ok

    def test_a_new_key_signs_what_is_new_and_the_old_one_still_verifies(self, old_key: LazySettings) -> None:
        record_and_audit(1, task_created())
        old_key.AUDIT_KEYS = (OLD, NEW)  # first made known everywhere
        record_and_audit(1, task_created())
        old_key.AUDIT_KEYS = (NEW, OLD)
        record_and_audit(1, task_created())
        versions = AuditEntry.objects.order_by("position").values_list("key_version", flat=True)
        assert list(versions) == [1, 1, 2]
        assert (verify(1).ok, verify(1).entries) == (True, 3)

    def test_a_key_that_is_forgotten_is_named(self, old_key: LazySettings) -> None:
        record_and_audit(1, task_created())
        old_key.AUDIT_KEYS = (NEW,)
        assert verify(1).reason == "version 1 of its key is not in TODO_AUDIT_KEYS"


def test_a_seal_is_of_its_kind_values_and_key(old_key: LazySettings) -> None:
    ours = sign_values("kind", 1, "a")
    assert is_sealed(ours, "kind", 1, "a")
    assert not is_sealed(ours, "kind", 1, "b")
    assert not is_sealed(ours, "another", 1, "a")
    assert not is_sealed(Seal(9, ours.mark), "kind", 1, "a")
    old_key.AUDIT_KEYS = (NEW, OLD)
    assert is_sealed(ours, "kind", 1, "a")
    assert sign_values("kind", 1, "a").key_version == 2


def test_entries_and_seals_have_keys_of_their_own() -> None:
    assert present_key().secret == entry_secrets()[1]
    assert OLD.encode() not in present_key().secret
