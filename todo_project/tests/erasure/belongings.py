"""A user who has a row in every table, and what is left of a user anywhere."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model, QuerySet
from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.models import (
    Attempt,
    KeyCount,
    PasswordLink,
    RecoveryCode,
    SecondFactor,
    SignInFailureCount,
    User,
)
from accounts_app.operations.mail.addresses import request_email
from accounts_app.operations.personal_tokens import create_personal_token
from accounts_app.operations.sign_ins.families import begin_family
from accounts_app.operations.sign_ins.tickets import issue_ticket
from accounts_app.queries.browser_sessions import session_credential
from accounts_app.tests.factories import PASSWORD, browser_of, make_user, session_key_of, signed_in_client
from audit_app.models import AnchoredHead, AuditCheck, AuditRound, ForgottenTrail, UnkeyedPart
from events_app.consumers.kernel import advance
from events_app.consumers.registry import consumers
from events_app.contracts import stream_key
from events_app.models import DeadLetter, Event, HangNote, ParkedMessage, Stream
from foundation.database.transactions import clock
from notifications_app.models import Mailing, PushReceipt, PushSubscription
from realtime_app.models import SocketHost, SocketSlot
from tasks_app.models import (
    DemoChunk,
    DemoRun,
    MissedSlots,
    ReplanJob,
    Series,
    SeriesChange,
    TagJob,
    Task,
    TrashJob,
)
from tasks_app.operations.reminders.fire import fire_due_reminders

# The one line that stays, and what is about nobody or names a user by an id that means another thing.
STAYS: Final = {ForgottenTrail}
_NAMES: Final = ("user", "owner")


def make_rich_user(mark: str) -> User:
    """Return a user whose texts all hold `mark`, with rows of every kind; the consumers have applied everything."""
    user = make_user(f"{mark}-name", email=f"{mark}@example.org", channels=["in_app", "email"])
    client = signed_in_client(user)
    _work(client, mark)
    _account_rows(user, mark)
    _fire(user)
    _operating_rows(user, mark)
    return user


def _work(client: APIClient, mark: str) -> None:
    """Make tasks through the API, of all kinds and states."""
    soon = (timezone.now() + timedelta(minutes=5)).isoformat()
    text = {
        "description": f"about {mark}",
        "tags": [f"{mark} tag", f"{mark} other"],
        "reminders": [{"offset": "PT0S"}],
    }
    made = [
        client.post(
            "/api/tasks/",
            {"title": f"{mark} {number}", "due_at": soon, **text, **more},
            headers={"Idempotency-Key": f"{mark}-{number}"},
        ).json()["id"]
        for number, more in enumerate(({}, {}, {}, {"recurrence": "daily"}, {"recurrence": "weekly"}))
    ]
    client.post(f"/api/tasks/{made[3]}/skip/", {})
    client.patch(f"/api/tasks/{made[0]}/", {"title": f"{mark} changed"})
    client.put(f"/api/tasks/{made[1]}/completion/")
    client.put(f"/api/tasks/{made[4]}/completion/")
    client.delete(f"/api/tasks/{made[2]}/")
    client.post("/api/views/", {"name": f"{mark} view", "query": f"tag={mark}"})
    client.patch("/api/auth/me/", {"time_zone": "Asia/Tokyo"})


def _account_rows(user: User, mark: str) -> None:
    request_email(user, f"{mark}.new@example.org", PASSWORD, address="192.0.2.7")
    create_personal_token(user, f"{mark} token", ["chat"], expires_in_days=None)
    browser = browser_of(user)
    issue_ticket(session_credential(user, session_key_of(browser)))
    begin_family(user)
    factor = SecondFactor.objects.create(user=user, sealed_secret=mark)
    RecoveryCode.objects.create(factor=factor, digest="x")
    PasswordLink.objects.create(user=user, mark="x", digest=mark, expires_at=timezone.now())
    KeyCount.objects.get_or_create(user=user, defaults={"answers": 5})
    for operator, about in ((make_user(), user), (user, make_user())):
        LogEntry.objects.log_actions(
            operator.pk, [about], CHANGE, change_message="Changed.", single_object=True
        )


def _fire(user: User) -> None:
    later = timezone.now() + timedelta(days=3)
    with clock(lambda: later):
        run_consumers()
        fire_due_reminders()
        run_consumers()
    Mailing.objects.create(user=user, address="x", key=f"{user.pk}", at=later)
    browser = PushSubscription.objects.create(
        user=user,
        endpoint=f"https://push.example.org/{user.username}",
        endpoint_digest=user.username,
        name=user.username,
    )
    PushReceipt.objects.create(subscription=browser, key="k")


def run_consumers() -> None:
    """Bring all consumers to the end of every history."""
    heads = dict(Stream.objects.values_list("key", "head"))
    for name in consumers():
        advance(name, heads)


def _operating_rows(user: User, mark: str) -> None:
    stream, now = Stream.objects.get(key=stream_key(user.pk)), timezone.now()
    about = {"stream": stream, "seq": 1}
    DeadLetter.objects.create(
        consumer="realtime", event_id=uuid4(), type="x", error=mark, attempts=1, **about
    )
    ParkedMessage.objects.create(topic="t", reason=mark, **about)
    HangNote.objects.create(
        consumer="gone", stream_key=stream.key, first_seq=1, last_seq=2, is_alone=False, reason=mark
    )
    SocketSlot.objects.create(user=user, number=0, host=SocketHost.objects.create())
    ReplanJob.objects.get_or_create(owner=user, event_seq=10**6, created_at=now, finished_at=now)
    TagJob.objects.create(owner=user, kind="rename", tag_id=1, total=1, created_at=now, finished_at=now)
    TrashJob.objects.create(owner=user, total=1, upto=now, created_at=now, finished_at=now)
    run = DemoRun.objects.create(owner=user, seed=1, created_at=now)
    DemoChunk.objects.create(run=run, first=0, task_ids=[])
    series = Series.objects.filter(owner=user)[0]
    MissedSlots.objects.get_or_create(
        series=series, after=Task.objects.filter(owner=user)[0], defaults={"count": 2}
    )
    SeriesChange.objects.create(
        task=Task.objects.filter(owner=user)[0], version=1, is_shared=False, before={}, after={}
    )
    AuditCheck.objects.get_or_create(pk=user.pk)
    Attempt.objects.create(digest="x", at=now, user=user)
    SignInFailureCount.objects.get_or_create(user=user, defaults={"failures": 1, "since": now, "until": now})
    AnchoredHead.objects.create(anchor=user.pk, place=0, user_id=user.pk, entries=10**6, digest="x")
    UnkeyedPart.objects.get_or_create(
        pk=user.pk, defaults={"entries": 0, "hash": "", "key_version": 1, "seal": ""}
    )


def rows_of(user_id: int) -> dict[type[Model], int]:
    """Return how many rows of each model are a user's, by its own columns and those of the rows that it refers to."""
    found = {}
    for model in apps.get_models():
        paths = list(_paths(model))
        if paths:
            rows = [row for path, value in paths for row in _filtered(model, path, user_id, value)]
            found[model] = len(set(rows))
    return found


def _paths(model: type[Model], depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield lookups that lead from a row to a user, each with the form in which it names the user."""
    if model is AuditRound:
        return  # where the walk over all trails stands: a number, of whoever is next
    for field in model._meta.concrete_fields:
        related = field.related_model
        if related is User or field.name == "user_id":
            yield field.name, "id"
        elif field.name in ("key", "stream_key") and model in (Stream, HangNote):
            yield field.name, "key"
        elif isinstance(related, type) and related is not model and depth < 2:
            yield from ((f"{field.name}__{path}", form) for path, form in _paths(related, depth + 1))
    if model is User:
        yield "pk", "id"
    if model is LogEntry:
        yield "object_id", "about"


def _filtered(model: type[Model], path: str, user_id: int, form: str) -> QuerySet[Any]:
    rows = model._base_manager.all()
    if form == "key":
        return rows.filter(**{f"{path}__in": [f"user:{user_id}", f"deleted:{user_id}"]}).values_list(
            "pk", flat=True
        )
    if form == "about":
        return rows.filter(object_id=str(user_id), content_type__model="user").values_list("pk", flat=True)
    return rows.filter(**{path: user_id}).values_list("pk", flat=True)


def rows_that_say(mark: str) -> list[str]:
    """Return the rows of every model that hold a text anywhere."""
    return [
        f"{model.__name__} {row}"
        for model in apps.get_models()
        for row in model._base_manager.values()
        if mark in str(row).lower()
    ]


def events_left(user_id: int) -> int:
    """Return how many events name a user as who did them."""
    return Event.objects.filter(actor_type="user", actor_id=str(user_id)).count()
