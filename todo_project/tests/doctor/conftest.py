"""A platform on which all is well."""

from collections import Counter

import pytest
from django.db import connection

from audit_app import protection
from events_app.consumers.registration import register_consumers
from events_app.models import Consumer, Epoch
from events_app.operating.epoch_note import renew
from events_app.runtime.heartbeats import beat
from foundation import counters
from todo_project.health import readiness


@pytest.fixture(autouse=True)
def _no_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that has just begun has counted nothing; this process has, in the tests before."""
    monkeypatch.setattr(counters, "_counts", Counter())


@pytest.fixture
def well() -> None:
    """Every role lives, every consumer is known and live, the audit trail is protected, the epoch is noted."""
    protection.install(connection)
    register_consumers()
    Consumer.objects.update(state=Consumer.State.LIVE)
    for role in readiness.expected_roles():
        beat(role)
    renew(Epoch.Reason.ASKED)
