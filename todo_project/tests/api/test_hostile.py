"""Hostile input on every operation that OpenAPI tells: its own problem document, at once, and nothing left behind.

Operations, parameters and fields come from the document, so that what is new is covered by itself; and every
status that is met must be one that the document tells.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts_app.credentials.credential import Credential
from accounts_app.credentials.tokens import sign_tokens
from accounts_app.models import RefreshFamily, User
from accounts_app.operations.personal_tokens import create_personal_token
from accounts_app.operations.sign_ins.families import begin_family
from accounts_app.tests.factories import make_user, signed_in_client
from events_app.log.history import head_of
from tasks_app.models import Reminder
from tasks_app.tests.helpers import make_task
from todo_project.api.schema import openapi_document

pytestmark = pytest.mark.django_db
Operation = dict[str, Any]
DOCUMENT = openapi_document()
OPERATIONS: list[tuple[str, str, Operation]] = [
    (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if "responses" in operation
]
WITH_BODY = [each for each in OPERATIONS if "requestBody" in each[2]]
# These are made to change who is signed in, or cost a password hash each: their own tests are beside them.
APART = ("/api/auth/",)
JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    2**63 - 1,
    "",
    "-1",
    "x" * 20_000,
    "\u202e\u200b\ufeff\uffff",
    "\U0001f984" * 300,
    "'; DROP TABLE tasks_app_task; --",
    "1969-12-31T23:59:59Z",
    "9999-12-31T23:59:59-23:59",
    "2027-02-29",
    "-PT999999999999H",
    [],
    {},
    [[], None, {}, {"offset": {}, "at": []}],
    [""] * 200,
    {"rule": {}, "anchor": [], "id__in": [1]},
)
WORDS: tuple[str, ...] = (
    *(quote(each) for each in JUNK if isinstance(each, str)),
    "9" * 400,
    "0",
    "NaN",
    "%FF",
    "%ED%A0%80",
    "%00",
    "%EF%BC%92",
    "true&{name}=false",
    ",1,,2",
    "a:*&!b%22%22%22",
    "2026-03-29T02:30:00",
    "eyJhbGciOiJub25lIn0.e30.",
)


def name_of(operation: tuple[str, str, Operation]) -> str:
    return str(operation[2]["operationId"])


class Person:
    """Somebody with one of everything."""

    def __init__(self) -> None:
        self.user = make_user()
        self.client = signed_in_client(self.user)
        task = make_task(
            self.user, due="2030-05-04T09:00", reminders=["30m"], recurrence="weekly", tags=("home",)
        )
        self.ids: dict[str, object] = {
            "task_id": task.pk,
            "series_id": task.series_id,
            "reminder_id": Reminder.objects.get(owner=self.user).pk,
            "tag_id": task.tag_links.get().tag_id,
            "notification_id": 1,
            "subscription_id": 1,
            "job_id": 1,
            "view_id": self.client.post("/api/views/", {"name": "any", "query": ""}).json()["id"],
            "token_id": create_personal_token(self.user, "any", ["chat"], expires_in_days=1).token.pk,
            "sign_in_id": uuid4(),
        }

    def path(self, path: str) -> str:
        return path.format(**self.ids)

    @property
    def head(self) -> int:
        return head_of(self.user.pk)


@pytest.fixture
def person(db: None) -> Person:
    return Person()


def check(response: Any, operation: Operation, *, about: object = "") -> int:
    """Check that an answer is one of those told, and a problem if it is none; return its status."""
    status = int(response.status_code)
    assert str(status) in operation["responses"], (status, about, response.content[:300])
    assert status < 500, about
    if status >= 400:
        assert response["Content-Type"] == "application/problem+json"
        problem = response.json()
        assert problem["status"] == status
        assert b"Traceback" not in response.content
    return status


def fields_of(operation: Operation) -> Iterator[str]:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    resolved = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    found = {
        name: field
        for each in ([resolved] if "properties" in resolved else resolved["oneOf"])
        for name, field in each["properties"].items()
    }
    yield from (name for name, field in found.items() if not field.get("readOnly"))


@pytest.mark.parametrize(
    "operation",
    [each for each in WITH_BODY if not each[1].startswith(APART) and any(fields_of(each[2]))],
    ids=name_of,
)
def test_no_value_of_any_field_is_more_than_refused(
    person: Person, operation: tuple[str, str, Operation]
) -> None:
    method, path, described = operation
    call = getattr(person.client, method)
    names = list(fields_of(described))
    assert names
    needed = {"title": "x"} if "title" in names else {}
    for name in names:
        for value in JUNK:
            before = person.head
            response = call(person.path(path), {**needed, name: value})
            status = check(response, described, about=(name, value))
            assert status < 400 or person.head == before, (name, value)


BROKEN: dict[str, bytes] = {
    "nothing": b"{",
    "a list": b"[]",
    "a text": b'"title"',
    "NUL": b'{"title": "a\\u0000"}',
    "half a pair": b'{"title": "\\udfff"}',
    "NaN": b'{"title": NaN}',
    "a huge number": b'{"title": 1' + b"0" * 4000 + b"}",
    "too deep": b'{"title": ' + b"[" * 30 + b"]" * 30 + b"}",
    "endlessly deep": b'{"title": ' + b"[" * 90_000,
    "latin": '{"title": "é"}'.encode("latin-1"),
    "twice": b'{"title": "a", "title": "b"}',
    "unknown": b'{"is_superuser": true, "owner_id": 1, "__proto__": {}}',
}


@pytest.mark.parametrize("operation", WITH_BODY, ids=name_of)
def test_no_broken_body_is_more_than_refused(person: Person, operation: tuple[str, str, Operation]) -> None:
    method, path, described = operation
    before = person.head
    for about, body in BROKEN.items():
        response = person.client.generic(method, person.path(path), body, content_type="application/json")  # type: ignore[arg-type]
        assert check(response, described, about=about) in (400, 404, 413), about
    assert person.head == before


@pytest.mark.parametrize("operation", WITH_BODY, ids=name_of)
def test_a_body_that_is_too_large_or_no_json_is_refused(
    person: Person, operation: tuple[str, str, Operation]
) -> None:
    method, path, described = operation
    before = person.head
    large = json.dumps({"title": "x" * (5 * 1024 * 1024)})
    url = person.path(path)
    assert check(person.client.generic(method, url, large, content_type="application/json"), described) == 413
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        assert check(person.client.generic(method, url, "title=x", content_type=kind), described) == 415
    assert person.head == before


def query_names(operation: Operation) -> list[str]:
    return [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]


ASKED = [each for each in OPERATIONS if each[0] == "get" and query_names(each[2])]


def test_the_walk_finds_what_is_asked() -> None:
    found = {name_of(operation) for operation in ASKED}
    assert {"list_tasks", "list_reminders", "list_occurrences", "list_tags"} <= found
    assert len(WITH_BODY) > 15


@pytest.mark.parametrize("operation", ASKED, ids=name_of)
def test_no_value_of_any_query_parameter_is_more_than_refused(
    person: Person, operation: tuple[str, str, Operation]
) -> None:
    _, path, described = operation
    for name in query_names(described):
        for word in WORDS:
            query = f"{name}={word.replace('{name}', name)}"
            response = person.client.get(person.path(path), QUERY_STRING=query)
            assert check(response, described, about=query) in (200, 400, 404, 410), query


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each[2].get("security")], ids=name_of)
def test_no_bad_credential_gets_in(person: Person, operation: tuple[str, str, Operation]) -> None:
    method, path, described = operation
    before = person.head
    for about, authorization in bad_credentials(person.user).items():
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=authorization)
        response = getattr(client, method)(person.path(path), {"title": "x"} if method != "get" else None)
        assert check(response, described, about=about) == 401, about
    assert person.head == before


def bad_credentials(user: User) -> dict[str, str]:
    tokens = begin_family(user)
    return {
        "none": "",
        "junk": "Bearer junk",
        "a refresh token": f"Bearer {tokens.refresh}",
        "cut off": f"Bearer {tokens.access[:-2]}",
        "unsigned": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        "another scheme": f"Basic {tokens.access}",
        "expired": f"Bearer {expired(user)}",
        "deactivated": f"Bearer {deactivated()}",
    }


def expired(user: User) -> str:
    family = RefreshFamily.objects.create(user=user, expires_at=datetime.now(UTC) + timedelta(days=1))
    credential = Credential(user.pk, user.credentials_mark, family.pk)
    return sign_tokens(credential, rotation=1, now=datetime.now(UTC) - timedelta(days=1)).access


def deactivated() -> str:
    user = make_user()
    token = begin_family(user).access
    User.objects.filter(pk=user.pk).update(is_active=False)
    return token
