"""Deliveries to browsers, through a real push service over TLS: each message once, whatever the service does."""

import pytest
from pytest_django.fixtures import Settings

from accounts_app.models import User
from accounts_app.queries.browser_sessions import session_credential
from accounts_app.tests.factories import browser_of, make_user, session_key_of
from events_app.runtime import crash
from events_app.tests.payloads import make_reminder_due
from notifications_app.channels import web_push
from notifications_app.models import Delivery, Notification, PushReceipt, PushSubscription
from notifications_app.operations.deliveries import _LEASE_SECONDS, send_due_deliveries
from notifications_app.operations.devices import MOST_FAILURES
from notifications_app.operations.push_subscriptions import BrowserKeys, subscribe_browser
from notifications_app.push import requests
from notifications_app.retries import MAX_ATTEMPTS
from notifications_app.tests.conftest import SetClock
from notifications_app.tests.events import record_and_notify, task_completed
from notifications_app.tests.push_services import Browser, PushService
from notifications_app.tests.pushes import Subscribe, fire, state

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What a simulated crash raises."""


@pytest.fixture
def user(at: SetClock) -> User:
    return make_user(channels=["in_app", "web_push"])


def test_a_reminder_reaches_each_browser_once_and_only_it_can_read_it(
    user: User, service: PushService, subscribe: Subscribe
) -> None:
    browsers = {name: subscribe(name) for name in ("phone", "desk")}
    delivery = fire(user)
    assert send_due_deliveries() == 1
    assert send_due_deliveries() == 0
    assert state(delivery) == ("sent", "", 1)
    assert sorted(service.paths()) == ["desk", "phone"]
    notification = Notification.objects.get()
    for push, browser in zip(service.pushes, map(browsers.get, service.paths()), strict=True):
        assert browser is not None
        message = push.read_by(browser)
        assert (message["task_id"], message["reminder_id"]) == (5, 9)
        assert message["notification"]["id"] == notification.pk
        assert message["notification"]["tag"] == f"n{notification.pk}"
        assert message["notification"]["body"] == notification.body
        assert push.claims(service.origin)["sub"].startswith("mailto:")
        assert push.headers["content-encoding"] == "aes128gcm"
        assert push.headers["urgency"] == "high"
        assert 0 < int(push.headers["ttl"]) <= 86400


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_a_service_does_not_take_now_is_tried_again(
    user: User, service: PushService, subscribe: Subscribe, at: SetClock, status: int
) -> None:
    browser = subscribe("phone")
    service.statuses["phone"] = status
    delivery = fire(user)
    send_due_deliveries()
    assert state(delivery) == ("planned", "push_service_unavailable", 1)
    assert f"localhost answered {status}" in delivery.detail
    service.statuses.clear()
    at.advance(seconds=40)
    send_due_deliveries()
    assert state(delivery) == ("sent", "", 2)
    first, second = service.pushes
    assert first.headers["topic"] == second.headers["topic"], "a repeat takes the place of the first"
    assert second.read_by(browser)["task_id"] == 5


def test_a_browser_that_has_it_does_not_get_it_again_because_of_another_one(
    user: User, service: PushService, subscribe: Subscribe, at: SetClock
) -> None:
    subscribe("phone")
    subscribe("desk")
    service.statuses["desk"] = 503
    delivery = fire(user)
    send_due_deliveries()
    assert state(delivery)[0] == "planned"
    service.statuses.clear()
    at.advance(seconds=40)
    send_due_deliveries()
    assert state(delivery) == ("sent", "", 2)
    assert sorted(service.paths()) == ["desk", "desk", "phone"]
    assert not PushReceipt.objects.exists()


def test_after_the_last_attempt_it_has_failed_unless_some_browser_has_it(
    user: User, service: PushService, subscribe: Subscribe, at: SetClock
) -> None:
    subscribe("desk")
    service.statuses["desk"] = 503
    alone = fire(user)
    for _ in range(MAX_ATTEMPTS):
        send_due_deliveries()
        at.advance(hours=2)
    assert state(alone) == ("failed", "push_service_unavailable", MAX_ATTEMPTS)
    subscribe("phone")
    both = fire(user, firing=2)
    for _ in range(MAX_ATTEMPTS):
        send_due_deliveries()
        at.advance(hours=2)
    assert state(both) == ("sent", "", MAX_ATTEMPTS)
    assert service.paths().count("phone") == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_its_service_does_not_know_is_forgotten(
    user: User, service: PushService, subscribe: Subscribe, status: int
) -> None:
    subscribe("phone")
    service.statuses["phone"] = status
    delivery = fire(user)
    send_due_deliveries()
    assert state(delivery) == ("suppressed", "no_device", 1)
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 413])
def test_what_a_service_refuses_is_not_tried_again_and_no_redirect_is_followed(
    user: User, service: PushService, subscribe: Subscribe, at: SetClock, status: int
) -> None:
    subscribe("phone")
    service.statuses["phone"] = status
    service.headers["Location"] = service.endpoint("elsewhere")
    delivery = fire(user)
    send_due_deliveries()
    at.advance(days=1)
    send_due_deliveries()
    assert state(delivery) == ("failed", "push_refused", 1)
    assert service.paths() == ["phone"]


def test_a_service_that_asks_to_wait_is_left_alone_so_long(
    user: User, service: PushService, subscribe: Subscribe, at: SetClock
) -> None:
    subscribe("phone")
    service.statuses["phone"], service.headers["Retry-After"] = 429, "600"
    fire(user)
    send_due_deliveries()
    at.advance(seconds=300)
    send_due_deliveries()
    assert service.paths() == ["phone"]
    at.advance(seconds=400)
    service.statuses.clear()
    send_due_deliveries()
    assert service.paths() == ["phone", "phone"]


def test_a_service_that_trickles_costs_one_attempt_and_not_one_for_each_message(
    user: User, service: PushService, subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_push, "SECONDS_FOR_ONE", 1.5)
    subscribe("slow")
    service.statuses["slow"] = 0
    for firing in range(1, 4):
        fire(user, firing=firing)
    send_due_deliveries(budget_seconds=60)
    assert service.paths() == ["slow"], "it is not tried again for a while, whatever is due"
    assert set(Delivery.objects.filter(channel="web_push").values_list("status", flat=True)) == {"planned"}


def test_one_that_never_answers_is_forgotten_in_the_end(
    user: User, service: PushService, subscribe: Subscribe
) -> None:
    subscribe("phone")
    PushSubscription.objects.update(failures=MOST_FAILURES - 1)
    service.statuses["phone"] = 500
    fire(user)
    send_due_deliveries()
    assert not PushSubscription.objects.exists()


def test_a_sender_that_dies_after_sending_sends_again_what_replaces_the_first(
    user: User, service: PushService, subscribe: Subscribe, at: SetClock
) -> None:
    subscribe("phone")
    delivery = fire(user)

    def die(point: str) -> None:
        if point == "delivery.after_send":
            raise Killed

    with pytest.raises(Killed), crash.intercept(die):
        send_due_deliveries()
    at.advance(seconds=_LEASE_SECONDS + 1)
    send_due_deliveries()
    assert state(delivery) == ("sent", "", 2)
    assert len({push.headers["topic"] for push in service.pushes}) == 1


def test_nothing_is_pushed_after_signing_out(user: User, service: PushService) -> None:
    browser, client = Browser(), browser_of(user)
    credential = session_credential(user, session_key_of(client))
    keys = BrowserKeys(endpoint=service.endpoint("phone"), **browser.keys())
    subscribe_browser(user, credential, keys)
    delivery = fire(user)
    client.logout()
    send_due_deliveries()
    assert state(delivery) == ("suppressed", "no_device", 1)
    assert service.pushes == []
    assert not PushSubscription.objects.exists()


def test_nothing_is_pushed_of_a_task_that_is_done_or_through_a_channel_that_is_off(
    user: User, service: PushService, subscribe: Subscribe
) -> None:
    subscribe("phone")
    record_and_notify(user.pk, make_reminder_due(), task_completed())
    send_due_deliveries()
    User.objects.filter(pk=user.pk).update(channels=["in_app"])
    planned = fire(user, reminder_id=10, task_id=6)
    planned.notification.refresh_from_db()
    assert planned.notification.reminder_id == 9, "no delivery is planned through a channel that is off"
    assert service.pushes == []


def test_an_address_that_has_come_to_lead_inside_is_not_asked(
    user: User, service: PushService, subscribe: Subscribe, settings: Settings
) -> None:
    subscribe("phone")
    settings.PUSH_TRUSTED_HOSTS = frozenset()
    delivery = fire(user)
    send_due_deliveries()
    assert state(delivery) == ("failed", "push_refused", 1)
    assert service.pushes == []


def test_a_service_with_a_foreign_certificate_gets_nothing(
    user: User, service: PushService, subscribe: Subscribe, settings: Settings
) -> None:
    subscribe("phone")
    settings.PUSH_CA_FILE = ""
    requests._tls_context.cache_clear()
    delivery = fire(user)
    send_due_deliveries()
    assert state(delivery)[:2] == ("planned", "push_service_unavailable")
    assert service.pushes == []


def test_a_message_is_small_and_whole_letters_are_left_of_a_long_one(
    user: User, service: PushService, subscribe: Subscribe
) -> None:
    browser = subscribe("phone")
    for firing, letter in enumerate('日\x01"é', start=1):
        fire(user, firing=firing, title=letter * 200, message=letter * 4000)
    send_due_deliveries(budget_seconds=60)
    assert len(service.pushes) == 4
    for push in service.pushes:
        assert len(browser.decrypt(push.body)) <= web_push.MAX_PAYLOAD
        notification = push.read_by(browser)["notification"]
        assert len(set(notification["body"].removesuffix("…"))) == 1
        assert len(notification["title"]) > 50


def test_what_quiet_hours_held_comes_as_one(user: User, service: PushService, subscribe: Subscribe) -> None:
    browser = subscribe("phone")
    first, second = fire(user), fire(user, firing=2)
    Delivery.objects.filter(pk__in=[first.pk, second.pk]).update(digest="digest-x")
    send_due_deliveries()
    [push] = service.pushes
    message = push.read_by(browser)
    assert (message["notification"]["title"], message["task_id"]) == ("2 reminders", None)
    assert state(first)[:2] == ("sent", "in_digest")


def test_one_person_s_browsers_get_nothing_of_another_s(
    user: User, service: PushService, subscribe: Subscribe
) -> None:
    stranger = make_user(channels=["in_app", "web_push"])
    subscribe("phone")
    delivery = fire(stranger, reminder_id=77)
    send_due_deliveries()
    assert state(delivery) == ("suppressed", "no_device", 1)
    assert service.pushes == []
