"""Retry delays double up to a cap, for any number of failures."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from foundation.backoff import CAP_SECONDS, retry_seconds


def test_waits_double_up_to_thirty_seconds() -> None:
    waits = [retry_seconds(failures, jitter=0.5) for failures in range(10)]
    assert waits == [0, 0.5, 1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize("failures", [1, 64, 1_023, 1_024, 2_000, 10**9, 10**400])
@pytest.mark.parametrize("first", [1e-9, 0.5, 1e9])
def test_no_number_of_failures_overflows_or_passes_the_cap(failures: int, first: float) -> None:
    for cap in (5.0, CAP_SECONDS, 3600.0):
        for jitter in (0, 0.5, 1, None):
            assert 0 < retry_seconds(failures, first=first, cap=cap, jitter=jitter) <= cap


def test_nothing_is_waited_for_without_a_failure() -> None:
    assert [retry_seconds(failures) for failures in (0, -1)] == [0, 0]


def test_a_fifth_more_or_less_keeps_waits_apart() -> None:
    assert [retry_seconds(1, first=10, jitter=jitter) for jitter in (0, 1)] == [8, 12]
    assert len({retry_seconds(3) for _ in range(20)}) > 1


def test_no_other_module_doubles_or_draws_the_time_of_a_wait() -> None:
    """The few places that randomize regular work, which is no retry, are listed here."""
    spread = {"events_app/runtime/engine.py", "realtime_app/sockets/hub.py"}
    root = Path(settings.BASE_DIR)
    modules = [
        path
        for app in settings.PROJECT_APPS
        for path in (root / app).rglob("*.py")
        if not {"tests", "benchmarks", "simulation"}.intersection(path.relative_to(root).parts)
    ]
    by_hand = re.compile(r"random\.uniform|2(\.0)? \*\* |\*= 2\b")
    found = {str(path.relative_to(root)) for path in modules if by_hand.search(path.read_text())}
    assert found == {*spread, "foundation/backoff.py"}
