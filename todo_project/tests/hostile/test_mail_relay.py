"""Nobody makes the platform send mail to people who did not ask for it."""

import re
from collections.abc import Iterator

import pytest
from django.core import mail
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import PASSWORD
from notifications_app.operations.deliveries import send_due_deliveries
from todo_project.tests.front_door import World, set_times

VICTIM = "victim@third-party.example"
BAIT = "Your account is locked: verify at https://evil.example/"
DUE = "2026-05-04T09:00Z"


@pytest.fixture(autouse=True)
def base_url(settings: Settings) -> None:
    settings.BASE_URL = "https://todo.example.org"


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with set_times() as made:
        yield made.at("2026-05-01T00:00Z")


def burst(world: World, count: int = 30) -> None:
    """So many reminders at one instant, with a text of the attacker's."""
    tasks = [
        {"op": "create", "fields": {"title": f"{BAIT}{n}", "due_at": DUE, "reminders": [{"at": DUE}]}}
        for n in range(count)
    ]
    world.call("post", "tasks/bulk/", {"operations": tasks})
    world.at(DUE).run()


def send_all() -> None:
    """Send what is due, however long it takes on a busy machine."""
    while send_due_deliveries(budget_seconds=60.0):
        pass


def text_of(letter: mail.EmailMessage) -> str:
    return f"{letter.subject}\n{letter.message().as_string()}"


def test_an_address_set_as_a_preference_is_refused_and_gets_nothing(world: World) -> None:
    response = world.client.patch("/api/auth/me/", {"email": VICTIM, "channels": ["email"]})
    burst(world)
    assert mail.outbox == []
    assert response.status_code == 400
    [problem] = response.json()["errors"]
    assert (problem["field"], "/api/auth/email/" in problem["detail"]) == ("email", True)


def test_an_address_that_is_asked_for_gets_one_mail_without_a_word_of_the_asker(world: World) -> None:
    world.user.username = "Your.account.is.locked@evil.example"
    world.user.save()
    world.call("patch", "auth/me/", {"channels": ["email"]})
    world.call("post", "auth/email/", {"email": VICTIM, "password": PASSWORD})
    burst(world)
    [letter] = mail.outbox
    assert letter.to == [VICTIM]
    assert "evil" not in text_of(letter)
    assert "locked" not in text_of(letter)
    assert {each["deliveries"][0]["reason"] for each in world.notifications()} == {"address_not_verified"}


def test_a_registered_address_gets_one_mail_without_a_word_of_the_asker(db: None) -> None:
    body = {"username": "locked.verify@evil.example", "password": PASSWORD, "email": VICTIM}
    with set_times() as world:
        client = APIClient()
        answer = client.post("/api/auth/register/", body).json()
        world.user, world.client = User.objects.get(pk=answer["user"]["id"]), client
        client.force_login(world.at("2026-05-01T00:00Z").user)
        world.call("patch", "auth/me/", {"channels": ["email"]})
        burst(world)
    [letter] = mail.outbox
    assert letter.to == [VICTIM]
    assert "evil" not in text_of(letter)


def test_many_accounts_make_no_more_than_three_mails_an_hour(db: None) -> None:
    with set_times() as world:
        for number in range(12):
            body = {"username": f"bot{number}", "password": PASSWORD, "email": VICTIM}
            assert APIClient().post("/api/auth/register/", body).status_code == 201
        world.run()
    assert len(mail.outbox) == 3


def test_looking_at_a_link_confirms_nothing(world: World) -> None:
    """Scanners of mail fetch each link; so do previews."""
    world.call("post", "auth/email/", {"email": VICTIM, "password": PASSWORD})
    world.run()
    [link] = re.findall(r"https://\S+", str(mail.outbox[0].body))[1:]
    for method in ("get", "head", "options"):
        getattr(APIClient(), method)(link)
    world.user.refresh_from_db()
    assert not world.user.is_email_verified


def test_a_thousand_reminders_at_one_instant_are_twenty_mails_and_one_digest(db: None) -> None:
    """The text is the user's own, and so is the address: it is mail that they asked for, and still too much."""
    with set_times(email="ann@example.org", channels=["email"]) as world:
        burst(world.at("2026-05-01T00:00Z"), 1000)
        send_all()
        assert len(mail.outbox) == 20
        world.at("2026-05-04T09:00:10Z").run()
        send_all()
    assert len(mail.outbox) == 21
    digest = mail.outbox[-1]
    assert digest.subject == "980 reminders"
    assert str(digest.body).count("is due now") == 50
    assert "and 930 more" in str(digest.body)
    assert {each["deliveries"][0]["status"] for each in world.notifications()} == {"sent"}


@pytest.mark.parametrize(
    "title",
    [
        "Hi\r\nBcc: victim@third-party.example",
        "Hi\u2028Bcc: x@y.example",
        "x" * 200,
        "Hi\u202e.com" + "\u2028x" * 95,
    ],
)
def test_a_title_makes_neither_headers_nor_long_subjects(db: None, title: str) -> None:
    with set_times(email="ann@example.org", channels=["email"]) as world:
        world.at("2026-05-01T00:00Z").task(title=title, due_at=DUE, reminders=[{"at": DUE}])
        world.at(DUE).run()
    [letter] = mail.outbox
    assert letter.recipients() == ["ann@example.org"]
    assert letter.message()["Bcc"] is None
    assert len(letter.subject) <= 150
