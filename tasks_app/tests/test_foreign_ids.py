"""Ids of other users on every verb of every route: as if nothing were there, and nothing is changed.

The routes come from the URLconf, so that a new one is covered by itself.
"""

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.log.history import head_of
from tasks_app.models import Reminder, SavedView, TagJob
from tasks_app.tests.helpers import make_task

PARAMETER = re.compile(r"\(\?P<(\w+)>[^)]*\)")
OWN = {"user_id"}
KNOWN = {"task_id", "reminder_id", "series_id", "tag_id", "job_id", "view_id"}
METHODS = ("get", "put", "patch", "post", "delete")
BODIES: tuple[dict[str, object], ...] = (
    {},
    {"title": "mine now"},
    {"completed": True},
    {"offset": "1h"},
    {"minutes": 5},
    {"name": "mine now"},
    {"into": 1},
)


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif getattr(pattern.callback, "__module__", "").startswith("tasks_app"):
            yield path, pattern


# The views of what takes the id of something.
VIEWS = {
    path: getattr(pattern.callback, "cls", None)
    for path, pattern in routes(list(get_resolver().url_patterns))
    if set(PARAMETER.findall(path)) - OWN
}
ROUTES = list(VIEWS)


def filled(path: str, ids: dict[str, int]) -> str:
    return "/" + PARAMETER.sub(lambda match: str(ids[match[1]]), path).replace("/?$", "/").replace("$", "")


def test_every_parameter_of_the_routes_is_known_here() -> None:
    assert len(ROUTES) >= 18
    assert {name for path in ROUTES for name in PARAMETER.findall(path)} <= OWN | KNOWN


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", METHODS)
def test_an_id_of_another_user_looks_like_one_that_is_absent(
    client: APIClient, user: User, path: str, method: str
) -> None:
    stranger = make_user()
    theirs = make_task(
        stranger, due="2030-05-04T09:00", reminders=["30m"], recurrence="weekly", tags=("home",)
    )
    foreign = {
        "user_id": user.pk,
        "task_id": theirs.pk,
        "reminder_id": Reminder.objects.get().pk,
        "series_id": theirs.series_id or 0,
        "tag_id": theirs.tag_links.get().tag_id,
        "view_id": SavedView.objects.create(
            owner=stranger, name="theirs", position=0, created_at=theirs.created_at
        ).pk,
        "job_id": TagJob.objects.create(
            owner=stranger, kind="delete", tag_id=1, total=1, created_at=theirs.created_at
        ).pk,
    }
    absent = {**dict.fromkeys(foreign, 987_654), "user_id": user.pk}
    before = head_of(stranger.pk)
    for body in ({},) if method == "get" else BODIES:
        answers = [getattr(client, method)(filled(path, ids), body or None) for ids in (foreign, absent)]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].status_code in (404, 405), answers[0].content
        assert without_id(answers[0].json()) == without_id(answers[1].json())
    assert head_of(stranger.pk) == before
    assert head_of(user.pk) == 0


def without_id(problem: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in problem.items() if name != "request_id"}


def test_ids_in_bodies_reach_nobody_elses_rows(client: APIClient, user: User) -> None:
    stranger = make_user()
    make_task(stranger, due="2030-05-04T09:00", reminders=["30m"])
    mine = make_task(user, due="2030-05-04T09:00")
    before = head_of(stranger.pk)
    reminder = {"id": Reminder.objects.get(owner=stranger).pk, "offset": "1h"}
    response = client.patch(f"/api/tasks/{mine.pk}/", {"reminders": [reminder]})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "reminders[0].id")
    assert head_of(stranger.pk) == before


@pytest.mark.parametrize("path", [path for path, _ in routes(list(get_resolver().url_patterns))])
def test_nobody_gets_in_without_credentials(db: None, path: str) -> None:
    ids = dict.fromkeys(OWN | KNOWN, 1)
    assert APIClient().get(filled(path, ids)).status_code == 401
