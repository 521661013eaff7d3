"""What tests of web_push share: reminders that become deliveries, and what became of them."""

from collections.abc import Callable

from accounts_app.models import User
from events_app.tests.payloads import make_reminder_due
from notifications_app.models import Delivery
from notifications_app.tests.events import record_and_notify
from notifications_app.tests.push_services import Browser

Subscribe = Callable[[str], Browser]


def fire(user: User, **of_firing: object) -> Delivery:
    record_and_notify(user.pk, make_reminder_due(**of_firing))  # type: ignore[arg-type]
    return Delivery.objects.filter(channel="web_push").latest("pk")


def state(delivery: Delivery) -> tuple[str, str, int]:
    delivery.refresh_from_db()
    return delivery.status, delivery.reason, delivery.attempts
