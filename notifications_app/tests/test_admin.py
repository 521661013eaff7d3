import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from notifications_app.models import Delivery, Notification
from notifications_app.operations.deliveries import send_due_deliveries
from notifications_app.tests.channels import RecordingChannel
from notifications_app.tests.events import happened, reminder_due

pytestmark = pytest.mark.django_db
DELIVERIES = "/admin/notifications_app/delivery/"
NOTIFICATIONS = "/admin/notifications_app/notification/"


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def mail(user: User, channel: RecordingChannel) -> Delivery:
    happened(user.pk, reminder_due())
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
    viewer = Client()
    viewer.force_login(make_user(is_staff=True))
    assert viewer.post(DELIVERIES, choose(mail, confirmed="yes")).status_code == 403
    assert send_due_deliveries() == 0


@pytest.mark.parametrize("page", [DELIVERIES, NOTIFICATIONS])
def test_the_lists_stay_cheap(operator: Client, user: User, page: str) -> None:
    happened(user.pk, *[reminder_due(number) for number in range(80)])
    with CaptureQueriesContext(connection) as captured:
        response = operator.get(page)
    assert response.status_code == 200
    about = [query["sql"] for query in captured if 'FROM "notifications_app_' in query["sql"]]
    assert len(about) == 2
    assert all("LIMIT" in sql for sql in about)


@pytest.mark.parametrize("query", ["?q=nobody", "?q=5", "?state=held", "?status=sent", "?q=a'b"])
@pytest.mark.parametrize("page", [DELIVERIES, NOTIFICATIONS])
def test_search_and_filters_answer(operator: Client, mail: Delivery, page: str, query: str) -> None:
    assert operator.get(page + query, follow=True).status_code == 200


def test_a_notification_shows_its_deliveries_and_can_not_be_changed(operator: Client, mail: Delivery) -> None:
    page = f"{NOTIFICATIONS}{Notification.objects.get().pk}/change/"
    shown = operator.get(page).content.decode()
    assert "Buy milk" in shown
    assert "email" in shown
    assert operator.post(page, {"title": "x"}).status_code == 403
