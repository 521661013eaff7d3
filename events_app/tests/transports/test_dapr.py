"""Faults that only Dapr can have, tested with real sidecars."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.test import override_settings

from devstack import temporary_stack
from devstack.dapr import Sidecar
from devstack.testing import require_services
from devstack.waiting import wait_until
from events_app.consumers import registry
from events_app.consumers.specs import SweepSpec
from events_app.tests.transports.harness import (
    Case,
    dapr_on,
    dapr_options,
    first_appearances,
    message,
    messages,
    new_user,
)
from events_app.transports.base import Acknowledged, Failed, PublishOutcome, TransportUnavailable
from events_app.transports.dapr import DaprTransport
from events_app.transports.dapr_jobs import JobPlanner

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(240)]
SERVICES = ("kafka", "redis", "scheduler")
swept: list[datetime] = []


def note_sweep() -> int:
    swept.append(datetime.now(UTC))
    return 0


@pytest.fixture(scope="module")
def case() -> Iterator[Case]:
    with dapr_on(require_services(*SERVICES), "kafka") as made:
        yield made


def sidecar_of(case: Case) -> Sidecar:
    assert case.sidecar
    return case.sidecar


def reasons(outcomes: Sequence[PublishOutcome]) -> list[str]:
    assert all(isinstance(outcome, Failed) for outcome in outcomes), outcomes
    return [outcome.reason for outcome in outcomes if isinstance(outcome, Failed)]


def test_a_delivery_that_the_database_did_not_take_comes_again(case: Case) -> None:
    user = new_user()
    case.recorder.failures = [OperationalError("gone"), OperationalError("gone")]

    assert case.transport.publish([message(user, 1)]) == [Acknowledged()]

    assert case.waits_for(f"user:{user}", 1)
    assert case.recorder.failures == []


def test_an_unknown_component_fails_with_its_name(case: Case) -> None:
    transport = DaprTransport(replace(dapr_options(sidecar_of(case)), pubsub="nowhere"))

    outcomes = transport.publish(messages(new_user(), 2))

    assert all("nowhere" in reason for reason in reasons(outcomes))
    transport.close()


def test_a_wrong_token_fails_and_says_so(case: Case) -> None:
    transport = DaprTransport(replace(dapr_options(sidecar_of(case)), api_token="wrong"))

    try:
        [reason] = reasons(transport.publish(messages(new_user(), 1)))
    except TransportUnavailable as error:
        reason = str(error)

    assert "DAPR_API_TOKEN" in reason or "UNAUTHENTICATED" in reason
    transport.close()


def test_an_unknown_topic_fails_while_the_others_are_sent(case: Case) -> None:
    known, unknown = new_user(), new_user()

    outcomes = case.transport.publish([message(known, 1), message(unknown, 1, topic="missing")])

    assert outcomes[0] == Acknowledged()
    assert isinstance(outcomes[1], Failed)


def test_a_sidecar_that_dies_and_comes_back_is_found_again() -> None:
    with dapr_on(require_services(*SERVICES), "redis") as case:
        sidecar, user = sidecar_of(case), new_user()
        assert case.transport.publish([message(user, 1)]) == [Acknowledged()]

        sidecar.kill()
        assert seconds_until_unavailable(case, user) < 8
        assert seconds_until_unavailable(case, user) < 3
        sidecar.start()
        sidecar.wait_healthy()

        assert wait_until(lambda: is_sent(case, user, 2), seconds=20)
        assert case.waits_for(f"user:{user}", 2)


def test_a_sidecar_that_hangs_is_left_within_seconds() -> None:
    with dapr_on(require_services(*SERVICES), "redis") as case:
        sidecar, user = sidecar_of(case), new_user()
        assert case.transport.publish([message(user, 1)]) == [Acknowledged()]

        sidecar.pause()
        assert seconds_until_unavailable(case, user) < 8
        assert seconds_until_unavailable(case, user) < 3
        sidecar.resume()

        assert wait_until(lambda: is_sent(case, user, 2), seconds=30)


def test_a_broker_that_dies_behind_the_sidecar_is_found_again() -> None:
    with temporary_stack(*SERVICES) as stack, dapr_on(stack, "kafka") as case:
        user = new_user()
        assert case.transport.publish([message(user, 1)]) == [Acknowledged()]
        assert case.waits_for(f"user:{user}", 1)

        stack.kill("kafka")
        started = time.monotonic()
        assert not is_sent(case, user, 2)
        assert time.monotonic() - started < 10
        stack.start("kafka")

        assert wait_until(lambda: is_sent(case, user, 2), seconds=60)
        assert case.waits_for(f"user:{user}", 2)
        assert case.wire
        assert first_appearances(case.wire("task-events"), user) == [1, 2]


def test_jobs_wake_their_sweep_at_the_instant_and_twice_is_once(case: Case) -> None:
    swept.clear()
    now = datetime.now(UTC)
    late, due = now - timedelta(seconds=1), now + timedelta(seconds=4)
    planner = JobPlanner(
        dapr_options(sidecar_of(case)), {"reminders": lambda until, limit: [late, due, due]}, now=lambda: now
    )
    sweeps = (SweepSpec(name="reminders", function=f"{__name__}.note_sweep", binding="reminder-cron"),)
    with override_settings(EVENT_SWEEPS=sweeps):
        registry.sweeps.cache_clear()
        assert planner.plan() == 1
        assert planner.plan() == 1
        assert wait_until(lambda: bool(swept), seconds=30)
    registry.sweeps.cache_clear()
    planner.close()

    assert timedelta(0) <= swept[0] - due < timedelta(seconds=2)
    assert len(swept) == 1


def test_jobs_without_a_sidecar_are_refused_within_seconds(case: Case) -> None:
    nowhere = replace(dapr_options(sidecar_of(case)), http_port=1, grpc_port=2)
    planner = JobPlanner(nowhere, {"reminders": lambda until, limit: [until]}, now=lambda: datetime.now(UTC))

    with pytest.raises(TransportUnavailable, match="DAPR_HTTP_PORT"):
        planner.plan()


def seconds_until_unavailable(case: Case, user: str) -> float:
    started = time.monotonic()
    with pytest.raises(TransportUnavailable, match="the Dapr sidecar does not answer"):
        case.transport.publish([message(user, 2)])
    return time.monotonic() - started


def is_sent(case: Case, user: str, sequence: int) -> bool:
    try:
        return case.transport.publish([message(user, sequence)]) == [Acknowledged()]
    except TransportUnavailable:
        return False
