"""Which browser an attempt is held against, what is known when its time is over, and whom it keeps waiting."""

from datetime import timedelta
from threading import Event

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.tests.payloads import make_reminder_due
from notifications_app.channels import ChannelMessage, DeviceReport, Sent, attempt, web_push
from notifications_app.models import Delivery, PushReceipt, PushSubscription
from notifications_app.operations.deliveries import send_due_deliveries
from notifications_app.operations.devices import MOST_FAILURES, note_devices
from notifications_app.push import requests
from notifications_app.push.addresses import resolve_host
from notifications_app.retries import MAX_ATTEMPTS
from notifications_app.tests.channels import RecordingChannel
from notifications_app.tests.conftest import SetClock
from notifications_app.tests.events import record_and_notify, task_completed
from notifications_app.tests.push_services import Push, PushService
from notifications_app.tests.pushes import Subscribe, fire, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(at: SetClock) -> User:
    return make_user(channels=["in_app", "web_push"])


def blamed() -> dict[str, int]:
    return dict(PushSubscription.objects.filter(failures__gt=0).values_list("name", "failures"))


def test_no_browser_is_blamed_for_a_push_that_never_began(
    user: User, service: PushService, subscribe: Subscribe, at: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe("phone")
    PushSubscription.objects.update(failures=MOST_FAILURES - 1)
    monkeypatch.setattr(attempt._free, "acquire", lambda blocking: False)
    busy = fire(user)
    send_due_deliveries()
    assert state(busy) == ("planned", "sender_busy", 1)
    Delivery.objects.filter(pk=busy.pk).update(attempts=MAX_ATTEMPTS, next_attempt_at=at())
    send_due_deliveries()
    assert state(busy)[:2] == ("failed", "outcome_unknown")
    off = fire(user, firing=2)
    User.objects.filter(pk=user.pk).update(channels=["in_app"])
    send_due_deliveries()
    assert state(off)[:2] == ("suppressed", "channel_off")
    assert service.pushes == []
    assert PushSubscription.objects.values_list("failures", "paused_until").get() == (MOST_FAILURES - 1, None)


def test_looking_a_name_up_takes_no_longer_than_its_browser_has_and_the_others_get_the_message_once(
    user: User, service: PushService, subscribe: Subscribe, at: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_push, "SECONDS_FOR_ONE", 1.2)
    subscribe("silent")
    subscribe("phone")
    found, answered = resolve_host, Event()
    names = iter(["silent"])

    def look_up(host: str, port: int) -> object:
        if next(names, None):
            answered.wait(60)
        return found(host, port)

    monkeypatch.setattr(requests, "resolve_host", look_up)
    try:
        delivery = fire(user)
        send_due_deliveries()
        assert state(delivery) == ("planned", "push_service_unavailable", 1)
        assert "the name was not found in time" in delivery.detail
        assert (service.paths(), blamed()) == (["phone"], {"silent": 1})
        at.advance(seconds=60)
        send_due_deliveries()
        assert state(delivery) == ("sent", "", 2)
        assert service.paths() == ["phone", "silent"]
    finally:
        answered.set()


def test_what_an_attempt_knows_when_its_time_is_over_is_kept(
    user: User, service: PushService, subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe("phone")
    subscribe("hangs")
    gate, post = Event(), requests.post_message

    def hang(endpoint: str, *args: object, **options: object) -> object:
        if endpoint.endswith("hangs"):
            gate.wait(60)
            return requests.PushLater("too late")
        return post(endpoint, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(web_push, "post_message", hang)
    monkeypatch.setattr(attempt, "SEND_SECONDS", 2.0)
    try:
        delivery = fire(user)
        send_due_deliveries()
        assert state(delivery) == ("planned", "push_service_unavailable", 1)
        assert PushReceipt.objects.get().subscription.name == "phone"
        assert blamed() == {}
    finally:
        gate.set()


def test_a_retry_after_of_thousands_of_digits_is_an_hour(
    user: User, service: PushService, subscribe: Subscribe, at: SetClock
) -> None:
    subscribe("phone")
    subscribe("desk")
    service.statuses["desk"], service.headers["Retry-After"] = 503, "9" * 5000
    delivery = fire(user)
    send_due_deliveries()
    assert state(delivery) == ("planned", "push_service_unavailable", 1)
    assert PushSubscription.objects.get(name="desk").paused_until == at() + timedelta(hours=1)
    assert PushReceipt.objects.get().subscription.name == "phone"


def test_only_browsers_of_the_report_are_read_and_those_by_id(user: User, subscribe: Subscribe) -> None:
    for name in ("a", "b", "c"):
        subscribe(name)
    a, b, c = PushSubscription.objects.order_by("pk").values_list("pk", flat=True)
    PushSubscription.objects.filter(pk=c).update(failures=MOST_FAILURES)
    with CaptureQueriesContext(connection) as found:
        note_devices(DeviceReport(reached=[b], failed={a: 0}), now=SetClock()())
    assert set(PushSubscription.objects.values_list("pk", "failures")) == {(a, 1), (b, 0), (c, MOST_FAILURES)}
    of_rows = [query["sql"] for query in found if "pushsubscription" in query["sql"]]
    assert all('"id" IN (' in text or '"id" = ' in text for text in of_rows)
    assert 'ORDER BY "notifications_app_pushsubscription"."id" ASC' in of_rows[0]


def test_to_subscribe_again_takes_no_failure_back(
    user: User, service: PushService, subscribe: Subscribe, at: SetClock
) -> None:
    subscribe("phone")
    service.statuses["phone"] = 503
    fire(user)
    send_due_deliveries()
    before = PushSubscription.objects.values_list("failures", "paused_until").get()
    assert before[0] == 1
    assert before[1] is not None
    assert before[1] > at()
    subscribe("phone")
    assert PushSubscription.objects.values_list("failures", "paused_until").get() == before


def test_mail_of_others_waits_for_one_push_and_not_for_all_that_are_planned(
    user: User, service: PushService, subscribe: Subscribe, channel: RecordingChannel
) -> None:
    subscribe("phone")
    slow = Event()

    def answer_slowly(push: Push) -> None:
        slow.wait(0.7)

    service.on_push = answer_slowly
    for firing in (1, 2, 3):
        fire(user, firing=firing)
    other = make_user(email="n@example.org", channels=["email"])
    pushes: list[int] = []

    def note(message: ChannelMessage) -> Sent:
        pushes.append(len(service.pushes))
        return Sent()

    channel.answer = note
    for reminder_id in (77, 78):
        record_and_notify(other.pk, make_reminder_due(reminder_id=reminder_id))
        send_due_deliveries(budget_seconds=0.6)
    assert pushes == [0, 1]


def test_a_delivery_waits_for_a_paused_browser_and_uses_no_attempt_up(
    user: User, service: PushService, subscribe: Subscribe, at: SetClock
) -> None:
    subscribe("phone")
    until = at() + timedelta(minutes=50)
    PushSubscription.objects.update(failures=9, paused_until=until)
    delivery = fire(user)
    send_due_deliveries()
    assert state(delivery)[::2] == ("planned", 0)
    assert delivery.next_attempt_at == until
    at.now = until
    send_due_deliveries()
    assert state(delivery) == ("sent", "", 1)
    assert service.paths() == ["phone"]


def test_after_a_day_attempts_are_counted_though_the_browser_is_paused(
    user: User, service: PushService, subscribe: Subscribe, at: SetClock
) -> None:
    subscribe("phone")
    delivery = fire(user)
    Delivery.objects.update(created_at=at() - timedelta(days=1))
    PushSubscription.objects.update(failures=9, paused_until=at() + timedelta(minutes=50))
    send_due_deliveries()
    assert state(delivery) == ("planned", "push_service_unavailable", 1)


def test_what_a_browser_has_shown_is_sent_though_its_task_was_done_before_the_others_had_it(
    user: User, service: PushService, subscribe: Subscribe, at: SetClock
) -> None:
    subscribe("phone")
    subscribe("desk")
    service.statuses["desk"] = 503
    shown, waiting = fire(user), fire(user, firing=2)
    Delivery.objects.filter(pk=waiting.pk).update(next_attempt_at=at() + timedelta(hours=1))
    send_due_deliveries()
    assert PushReceipt.objects.count() == 1
    record_and_notify(user.pk, task_completed())
    assert state(shown)[:2] == ("sent", "")
    assert state(waiting)[:2] == ("suppressed", "task_completed")
    assert not PushReceipt.objects.exists()
