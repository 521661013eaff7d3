"""A random walk of many users over all routes finds no foreign byte, changes nothing of others and breaks no promise.

Every call has a transaction of its own, as in a server: on PostgreSQL so many messages, BEGIN and COMMIT joined.
"""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from django.apps import apps
from django.db.models import F, Model
from django.utils import timezone
from pytest_django import Settings

from accounts_app.models import User
from events_app.consumers.kernel import advance
from events_app.consumers.registry import consumers
from events_app.contracts import stream_key
from events_app.models import Event, Stream
from events_app.operating.invariants import find_all
from foundation.database.transactions import clock
from notifications_app.models import Notification
from notifications_app.tests.push_services import VAPID_KEY
from tasks_app.models import Tag, Task
from tasks_app.operations.reminders.fire import fire_due_reminders
from todo_project.tests.hostile.walk import MARK, Answer, Ids, Walker, operations

SEED = 20261129
WALKERS = 1000
# What half of all do in each round, so that there is something to be found; the others do anything.
CREATE, LIST_TAGS, LIST_NOTIFICATIONS = (
    ("post", "/api/tasks/"),
    ("get", "/api/tags/"),
    ("get", "/api/notifications/"),
)
ROUNDS = (*[CREATE] * 3, LIST_TAGS, *[None] * 3, LIST_NOTIFICATIONS, LIST_TAGS, *[None] * 3)
ROUNDS_BETWEEN_CONSUMERS = 3
NEVER_GOOD = {
    # A job begins where a tag, or the trash, has more than 500 tasks; nobody here has one.
    ("get", "/api/tags/jobs/{job_id}/"),
    ("get", "/api/tasks/trash/jobs/{job_id}/"),
    # Nobody here has a password to show.
    ("delete", "/api/auth/me/"),
    ("delete", "/api/auth/second-factor/"),
    ("post", "/api/auth/password/"),
    ("post", "/api/auth/session/"),  # and it demands a CSRF token
    # Nobody here can read the token in a mail, or compute the code of an authenticator.
    ("post", "/api/auth/password/reset/confirm/"),
    ("post", "/api/auth/second-factor/confirm/"),
}
LATER = timedelta(days=400)

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


def make_walkers(random: Random) -> list[Walker]:
    users = User.objects.bulk_create(
        [User(username=f"walker{number}", password="!") for number in range(WALKERS)]
    )
    ids = Ids()
    for user in users:
        ids.keep("user_id", user.pk)
    return [Walker(user, random, ids) for user in users]


def judge(walker: Walker, answer: Answer) -> list[str]:
    """Return what is wrong with an answer: a mark of somebody else, another's number, a failure of ours."""
    foreign = set(MARK.findall(answer.text)) - {f"{walker.user.pk:06d}"}
    wrong = [f"{answer.call} shows the marks {foreign}"] if foreign else []
    if answer.status >= 500:
        wrong.append(f"{answer.call} is {answer.status}: {answer.text[:200]}")
    return wrong


def run_consumers() -> None:
    """Have everything made that follows from what was written, and what will be due."""
    later = timezone.now() + LATER
    with clock(lambda: later):
        fire_due_reminders()
    heads = dict(Stream.objects.values_list("key", "head"))
    for name in consumers():
        advance(name, heads)


def walk(walkers: list[Walker], random: Random) -> tuple[list[str], Counter[tuple[str, str]]]:
    """Let everybody make their calls, in turn; return what was wrong, and how often each call succeeded."""
    wrong: list[str] = []
    good: Counter[tuple[str, str]] = Counter()
    every = {(each.method, each.path): each for each in operations()}
    anything = list(every.values())
    for number, usual in enumerate(ROUNDS, 1):
        for walker in walkers:
            drawn = random.choice(anything)
            operation = every[usual] if usual and random.random() < 0.5 else drawn
            answer = walker.call(operation)
            wrong += judge(walker, answer)
            good[operation.method, operation.path] += answer.status < 400
        if number % ROUNDS_BETWEEN_CONSUMERS == 0:
            run_consumers()
    for operation in anything:  # what chance has left out, each until it has succeeded once
        call = (operation.method, operation.path)
        for walker in () if call in NEVER_GOOD else walkers:
            if good[call]:
                break
            answer = walker.call(operation)
            wrong += judge(walker, answer)
            good[call] += answer.status < 400
    return wrong, good


def written_by_others() -> list[str]:
    """Return rows that hold a mark which is not their owner's, and events whose actor is not the stream's user."""
    wrong = [
        f"{model.__name__} {key} of {owner} says {text}"
        for model, texts in ((Task, ("title", "description")), (Tag, ("name",)), (Notification, ("title",)))
        for key, owner, *found in model._default_manager.values_list("pk", str(_owner(model)), *texts)
        for text in found
        if set(MARK.findall(text)) - {f"{owner:06d}"}
    ]
    keys = {stream.pk: stream.key for stream in Stream.objects.all()}
    actors = Event.objects.filter(actor_type="user").values_list("stream_id", "actor_id").distinct()
    return wrong + [
        f"{keys[s]} was changed by {actor}" for s, actor in actors if keys[s] != stream_key(int(actor))
    ]


def _owner(model: type[Model]) -> str | None:
    """Return the name of the field that says whose a row is, or None."""
    names = {each.name for each in model._meta.get_fields()}
    return next((name for name in ("owner", "user") if name in names), None)


def _paths_to_owner(model: type[Model]) -> list[str]:
    """Return the lookups by which a row names a user: its own, and those of the rows that it refers to."""
    own = _owner(model)
    referred = [
        f"{field.name}__{owner}"
        for field in model._meta.concrete_fields
        if isinstance(field.related_model, type) and (owner := _owner(field.related_model))
    ]
    return [*([own] if own else []), *referred]


def crossing_references() -> list[str]:
    """Return the rows of every model by which a row of one user leads to a row of another."""
    return [
        f"{model.__name__} {crossed}: {paths[0]} is not {path}"
        for model in apps.get_models()
        if (paths := _paths_to_owner(model))
        for path in paths[1:]
        for crossed in model._default_manager.filter(**{f"{path}__isnull": False})
        .exclude(**{path: F(paths[0])})
        .values_list("pk", flat=True)
    ]


def test_a_random_walk_of_a_thousand_users_finds_no_foreign_byte(settings: Settings) -> None:
    settings.VAPID_PRIVATE_KEY = VAPID_KEY
    random = Random(SEED)
    wrong, good = walk(make_walkers(random), random)

    assert wrong == []
    assert written_by_others() == []
    assert crossing_references() == []
    run_consumers()
    assert [str(each) for each in find_all() if each.kind == "broken"] == []
    never = {call for call, times in good.items() if not times}
    assert never <= NEVER_GOOD, "the walk is no test of what it never reached"
