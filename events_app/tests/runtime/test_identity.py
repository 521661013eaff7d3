"""No two processes share a name, and the data folder alone identifies the leases of an ended process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest

from devstack.paths import REPOSITORY
from events_app.models import Heartbeat, Lease
from events_app.relay import Relay
from events_app.runtime import heartbeats, identity, leases
from events_app.transports.memory import MemoryTransport

HERE, ELSEWHERE = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture(autouse=True)
def _no_place() -> Iterator[None]:
    yield
    identity.set_place("")


def test_relays_with_one_host_name_and_process_id_have_names_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(identity, "_HOST", "todo")
    monkeypatch.setattr(os, "getpid", lambda: 1)
    holders = [Relay(MemoryTransport()).lanes.holder for _ in range(3)]
    assert len(set(holders)) == 3
    assert all(holder.startswith("todo:1:") for holder in holders)


def test_processes_with_one_host_name_and_process_id_have_names_of_their_own() -> None:
    script = (
        "import os; os.getpid = lambda: 1\n"
        "from events_app.runtime.identity import instance_name; print(instance_name())"
    )
    names = {
        subprocess.run(
            [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=REPOSITORY
        ).stdout
        for _ in range(2)
    }
    assert len(names) == 2


def test_a_process_keeps_its_name_and_a_fork_gets_another(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = identity.instance_name()
    assert identity.instance_name() == mine
    monkeypatch.setattr(os, "getpid", lambda: 2**22 + 1)
    child = identity.instance_name()
    assert child.split(":")[2] != mine.split(":")[2]


def test_names_fit_their_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_HOST", "h" * 63)
    monkeypatch.setattr(os, "getpid", lambda: 2**22)
    identity.set_place(HERE)
    assert len(identity.instance_name()) <= 110  # of 128; names of leases put "relay-member:" before it
    with pytest.raises(ValueError, match="hexadecimal"):
        identity.set_place("abc")


@pytest.mark.django_db
def test_the_holder_of_a_folder_takes_over_at_once_and_only_from_ended_processes() -> None:
    identity.set_place(HERE)
    dead = Relay(MemoryTransport())
    dead.lanes.renew()
    heartbeats.beat("relay")
    identity.set_place(ELSEWHERE)
    other = Relay(MemoryTransport())
    Lease.objects.filter(name__endswith=":3").update(holder=other.lanes.holder)
    heartbeats.beat("relay")
    identity.set_place(HERE)
    leases.acquire(["elsewhere"], holder="host:1", seconds=60)
    assert Relay(MemoryTransport(), holder="late").lanes.renew() == set()
    Lease.objects.filter(holder="late").delete()

    assert leases.release_place(HERE) == 16
    heartbeats.delete_heartbeats_of_place(HERE)
    again = Relay(MemoryTransport())
    assert again.lanes.renew() == set(range(16)) - {3}
    assert set(Lease.objects.values_list("holder", flat=True)) == {
        again.lanes.holder, other.lanes.holder, "host:1",
    }  # fmt: skip
    [left] = Heartbeat.objects.all()
    assert left.instance.endswith(f"@{ELSEWHERE}")


def test_ids_of_hosts_tell_their_folder() -> None:
    identity.set_place(HERE)
    first, last = identity.host_ids_of(HERE)
    assert first <= identity.new_host_id() <= last
    assert identity.new_host_id() != identity.new_host_id()
    identity.set_place("")
    assert not first <= identity.new_host_id() <= last
    assert not first <= uuid4() <= last
