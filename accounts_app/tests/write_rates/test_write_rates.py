"""The buckets: what passes, how long the rest waits, whatever clocks and processes do."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connections, transaction

from accounts_app.errors import CallTooCostly, TooManyWrites
from accounts_app.models import WriteBucket
from accounts_app.operations.write_rates import charging
from accounts_app.operations.write_rates import leases as leases_module
from accounts_app.operations.write_rates.charging import charge_writes
from accounts_app.operations.write_rates.leases import Leases, leases
from accounts_app.tests.factories import make_user
from foundation import counters
from foundation.database.transactions import clock

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_buckets(settings: Any) -> Iterator[None]:
    settings.WRITES_PER_SECOND, settings.WRITES_BURST = 2, 10
    settings.WRITE_BYTES_PER_SECOND, settings.WRITE_BYTES_BURST = 100, 1000
    leases.clear()
    yield
    leases.clear()


@contextmanager
def at(seconds: float = 0) -> Iterator[None]:
    with clock(lambda: NOON + timedelta(seconds=seconds)):
        yield


def refusal(user_id: int, **cost: int) -> TooManyWrites:
    with pytest.raises(TooManyWrites) as refused:
        charge_writes(user_id, **cost)
    return refused.value


@pytest.mark.django_db
def test_a_burst_passes_and_then_the_rate() -> None:
    user = make_user().pk
    with at():
        for left in range(9, -1, -1):
            assert charge_writes(user)[0].remaining == left
        assert refusal(user).retry_after_seconds == 1
    with at(1):
        charge_writes(user, writes=2)
        refusal(user)
    with at(1000):
        charge_writes(user, writes=10)
        refusal(user)


@pytest.mark.django_db
def test_a_caller_who_waits_for_retry_after_passes() -> None:
    user = make_user().pk
    with at():
        charge_writes(user, writes=10)
        seconds = refusal(user, writes=9).retry_after_seconds or 0
        assert seconds == 5  # 4.5, rounded up
    with at(4):
        refusal(user, writes=9)
    with at(seconds):
        charge_writes(user, writes=9)


@pytest.mark.django_db
def test_a_refused_call_takes_nothing() -> None:
    user = make_user().pk
    with at():
        charge_writes(user, writes=9)
        for _ in range(5):
            refusal(user, writes=2)
        charge_writes(user)


@pytest.mark.django_db
def test_either_bucket_refuses_and_then_neither_is_charged() -> None:
    user = make_user().pk
    with at():
        charge_writes(user, size=950)
        refused = refusal(user, size=100)
        assert (refused.retry_after_seconds, "bytes" in refused.detail) == (1, True)
        assert charge_writes(user, size=50)[0].remaining == 8


@pytest.mark.django_db
def test_what_no_full_bucket_holds_is_refused_for_good() -> None:
    user = make_user().pk
    for cost in ({"writes": 11}, {"size": 1001}):
        with pytest.raises(CallTooCostly):
            charge_writes(user, **cost)
    charge_writes(user, writes=10, size=1000)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["WRITES_PER_SECOND", "WRITES_BURST"])
def test_nought_turns_a_bucket_off_and_leaves_the_other(settings: Any, name: str) -> None:
    user = make_user().pk
    setattr(settings, name, 0)
    with at():
        charge_writes(user, writes=10**9, size=1000)
        refusal(user, size=100)


@pytest.mark.django_db
def test_both_off_ask_the_database_nothing(settings: Any, django_assert_num_queries: Any) -> None:
    settings.WRITES_PER_SECOND = settings.WRITE_BYTES_BURST = 0
    with django_assert_num_queries(0):
        assert charge_writes(1, writes=10**6, size=10**9) == []


@pytest.mark.django_db
@pytest.mark.parametrize("back", [timedelta(seconds=0.5), timedelta(seconds=3), timedelta(days=400)])
def test_a_clock_that_is_set_back_locks_nobody_out(back: timedelta) -> None:
    user = make_user().pk
    with at():
        charge_writes(user, writes=10, size=1000)
    with at(-back.total_seconds()):
        assert (charge_or_wait(user) or 0) <= 1
    with at(-back.total_seconds() + 1):
        charge_writes(user)


def charge_or_wait(user_id: int) -> int | None:
    try:
        charge_writes(user_id)
    except TooManyWrites as refused:
        return refused.retry_after_seconds
    return None


@pytest.mark.django_db
def test_users_have_buckets_of_their_own() -> None:
    one, other = make_user().pk, make_user().pk
    with at():
        charge_writes(one, writes=10)
        charge_writes(other, writes=10)
        refusal(one)
    assert WriteBucket.objects.count() == 2


@pytest.mark.django_db
def test_refusals_are_counted() -> None:
    user = make_user().pk
    before = counters.snapshot().get("writes_refused", 0)
    with at():
        charge_writes(user, writes=10)
        refusal(user)
    assert counters.snapshot()["writes_refused"] == before + 1


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_not_taken() -> None:
    user = make_user().pk
    with transaction.atomic():
        charge_writes(user, writes=10)
        transaction.set_rollback(True)
    charge_writes(user, writes=10)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("off", ["", "WRITES_BURST", "WRITE_BYTES_BURST"])
def test_one_call_in_ten_asks_the_database(
    settings: Any, django_assert_max_num_queries: Any, off: str
) -> None:
    settings.WRITES_PER_SECOND, settings.WRITES_BURST = 20, 1000
    settings.WRITE_BYTES_PER_SECOND, settings.WRITE_BYTES_BURST = 20_000, 1_000_000
    if off:
        setattr(settings, off, 0)
    user = make_user().pk
    with patch.object(leases_module, "_LEASE_SECONDS", 600.0), django_assert_max_num_queries(3 * 12):
        for _ in range(100):
            charge_writes(user, size=300)


class Processes:
    """So many processes, as far as the buckets can tell: each holds leases of its own."""

    def __init__(self, count: int) -> None:
        self.held = [Leases() for _ in range(count)]

    def charge(self, process: int, user_id: int) -> bool:
        """Whether a write of a user's passes at one of them."""
        with patch.object(charging, "leases", self.held[process]):
            return charge_or_wait(user_id) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", [1, 2, 8])
def test_processes_share_a_bucket(settings: Any, count: int) -> None:
    settings.WRITES_PER_SECOND, settings.WRITES_BURST = 20, 100
    processes, user = Processes(count), make_user().pk
    began = monotonic()
    passed = sum(processes.charge(number % count, user) for number in range(300))
    gained = 20 * (monotonic() - began)
    # What another process holds it may still spend: nobody gets more, or waits longer than a second for it.
    assert 100 - 20 * count <= passed <= 100 + gained + 1


@pytest.mark.django_db(transaction=True)
def test_what_a_process_holds_it_gives_back(settings: Any) -> None:
    settings.WRITES_PER_SECOND, settings.WRITES_BURST = 1, 1000
    user = make_user().pk
    charge_writes(user)
    full_at = WriteBucket.objects.get(pk=user).writes_full_at
    charge_writes(
        user, writes=11
    )  # ten were taken in advance, and are given back; nine of what is left are held
    assert WriteBucket.objects.get(pk=user).writes_full_at == pytest.approx(full_at - 10 + 11 + 9)
    with patch.object(leases_module, "_LEASE_SECONDS", 0.0), patch.object(leases_module, "SHARE", 10**6):
        charge_writes(user)
    assert WriteBucket.objects.get(pk=user).writes_full_at == pytest.approx(full_at - 10 + 12)


@pytest.mark.django_db(transaction=True)
def test_threads_at_once_lose_no_write(settings: Any) -> None:
    settings.WRITES_PER_SECOND, settings.WRITES_BURST = 1, 60
    user = make_user().pk

    def run(_: int) -> int:
        try:
            return sum(charge_or_wait(user) is None for _ in range(15))
        finally:
            connections.close_all()

    began = monotonic()
    with ThreadPoolExecutor(8) as pool:
        passed = sum(pool.map(run, range(8)))
    assert 60 <= passed <= 60 + (monotonic() - began) + 1


@pytest.mark.django_db(transaction=True)
def test_a_refused_caller_is_refused_without_the_database(django_assert_max_num_queries: Any) -> None:
    user = make_user().pk
    charge_writes(user, writes=10)
    refusal(user, writes=10)
    with django_assert_max_num_queries(5):  # one more look after a second, on a slow machine
        for _ in range(200):
            refusal(user, writes=10)
