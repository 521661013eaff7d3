import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts_app.models import User
from accounts_app.tests.factories import browser_of, make_user
from events_app.tests.payloads import make_reminder_due
from notifications_app.models import Delivery, Notification
from notifications_app.operations.deliveries import send_due_deliveries
from notifications_app.tests.channels import RecordingChannel
from notifications_app.tests.events import record_and_notify

pytestmark = pytest.mark.django_db
DELIVERIES = "/admin/notifications_app/delivery/"
NOTIFICATIONS = "/admin/notifications_app/notification/"


@pytest.fixture
def operator() -> Client:
    return browser_of(make_user(is_staff=True, is_superuser=True))


@pytest.fixture
def mail(user: User, channel: RecordingChannel) -> Delivery:
    record_and_notify(user.pk, make_reminder_due())
    send_due_deliveries()
    return Delivery.objects.get(channel="email")


def choose(delivery: Delivery, **more: str) -> dict[str, str]:
    return {"action": "send_again", "_selected_action": str(delivery.pk), **more}


def test_sending_again_asks_first(operator: Client, mail: Delivery, channel: RecordingChannel) -> None:
    asked = operator.post(DELIVERIES, choose(mail))
    assert asked.status_code == 200
    assert b"Send these again?" in asked.content
    assert send_due_deliveries() == 0
    assert operator.post(DELIVERIES, choose(mail, confirmed="yes")).status_code == 302
    assert send_due_deliveries() == 1
    assert len(channel.sent) == 2
    assert LogEntry.objects.get().object_id == str(mail.pk)


def test_the_page_that_asks_carries_the_choice(operator: Client, mail: Delivery) -> None:
    page = operator.post(DELIVERIES, choose(mail)).content.decode()
    for field in (f'name="_selected_action" value="{mail.pk}"', 'name="confirmed"', 'value="send_again"'):
        assert field in page


def test_staff_without_the_right_can_look_but_not_send(mail: Delivery) -> None:
    viewer = browser_of(make_user(is_staff=True))
    assert viewer.post(DELIVERIES, choose(mail, confirmed="yes")).status_code == 403
    assert send_due_deliveries() == 0


@pytest.mark.parametrize("page", [DELIVERIES, NOTIFICATIONS])
def test_the_lists_stay_cheap(operator: Client, user: User, page: str) -> None:
    record_and_notify(user.pk, *[make_reminder_due(number) for number in range(80)])
    with CaptureQueriesContext(connection) as captured:
        response = operator.get(page)
    assert response.status_code == 200
    about = [query["sql"] for query in captured if 'FROM "notifications_app_' in query["sql"]]
    assert len(about) == 2
    assert all("LIMIT" in sql for sql in about)


@pytest.mark.parametrize("page", [DELIVERIES, NOTIFICATIONS])
def test_search_finds_by_user_and_by_task(operator: Client, user: User, page: str) -> None:
    record_and_notify(user.pk, make_reminder_due(1, task_id=5), make_reminder_due(2, task_id=6))
    other = make_user("7", email="other@example.org", channels=["in_app", "email"])
    record_and_notify(other.pk, make_reminder_due(3, task_id=8))
    each = 2 if page == DELIVERIES else 1
    assert len(found(operator, f"{page}?q={user.username}")) == 2 * each
    assert len(found(operator, f"{page}?q=6")) == each
    assert len(found(operator, f"{page}?q=7")) == each
    assert found(operator, f"{page}?q=nobody") == []


def test_a_delivery_is_found_by_its_key(operator: Client, mail: Delivery) -> None:
    assert found(operator, f"{DELIVERIES}?q={mail.key}") == [mail]


def found(operator: Client, address: str) -> list[object]:
    response = operator.get(address)
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


@pytest.mark.parametrize("query", ["?state=held", "?status__exact=sent", "?q=a'b", "?q=99999999999999999999"])
@pytest.mark.parametrize("page", [DELIVERIES, NOTIFICATIONS])
def test_filters_and_odd_searches_answer(operator: Client, mail: Delivery, page: str, query: str) -> None:
    assert operator.get(page + query, follow=True).status_code == 200


def test_a_notification_shows_its_deliveries_and_can_not_be_changed(operator: Client, mail: Delivery) -> None:
    page = f"{NOTIFICATIONS}{Notification.objects.get().pk}/change/"
    shown = operator.get(page).content.decode()
    assert "Buy milk" in shown
    assert "email" in shown
    assert operator.post(page, {"title": "x"}).status_code == 403
