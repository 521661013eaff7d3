"""People who call every route at random, with each other's ids, cursors and keys; each writes their own mark.

What the walk calls comes from the OpenAPI document: a new route, parameter or field is walked the day it appears.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from urllib.parse import quote

from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.models import RefreshFamily, User
from accounts_app.operations.sign_ins.families import begin_family
from todo_project.api.schema import openapi_document
from todo_project.simulation.bodies import Bodies, Body
from todo_project.simulation.chaos import Clock

MARK: Final = re.compile(r"mark(\d{6})x")
CURSOR: Final = re.compile(r"[?&]cursor=([^&\"]+)")
TASKS: Final = "/api/tasks/"
OLDER_ROOTS: Final = ("/api/todos/", "/todos/", "/api/{user_id}/tasks/")
# Signing in and out is the matter of other tests; these would end the walker or cost a hash each.
NOT_WALKED: Final = (
    "/api/auth/logout/",
    "/api/auth/register/",
    "/api/auth/token/",
    "/api/auth/email/",
    "/api/push/subscriptions/{subscription_id}/test/",  # calls another machine
)
# A key and a secret of a browser: the example of RFC 8291, section 5.
POINT: Final = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SECRET: Final = "BTBZMqHH6r4Tts7J_aSIgg"
# Words that everybody writes: a search that finds them must find nobody else's.
SHARED: Final = ("water", "plants", "report")
KEYS: Final = tuple(f"key-{number}" for number in range(20))
OWN_SHARE, KEYED_SHARE, OLDER_SHARE, PARAMETER_SHARE = 0.5, 0.3, 0.2, 0.12


@dataclass(frozen=True)
class Operation:
    """One method of one path, with the names of what can be sent."""

    method: str
    path: str
    parameters: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass
class Ids:
    """Every id that was ever answered to anybody, by the name that it has in paths."""

    known: dict[str, list[int | str]] = field(default_factory=dict)
    cursors: list[str] = field(default_factory=list)

    def keep(self, name: str, value: int | str) -> None:
        self.known.setdefault(name, []).append(value)


def operations() -> list[Operation]:
    """Return what the API's document names, but for signing in and out."""
    document = openapi_document()
    return [
        Operation(
            method,
            path,
            tuple(each["name"] for each in told.get("parameters", ()) if each["in"] == "query"),
            tuple(_fields(document, told)),
        )
        for path, methods in document["paths"].items()
        for method, told in methods.items()
        if "responses" in told and not path.startswith(NOT_WALKED)
    ]


def _fields(document: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[str]:
    content = told.get("requestBody", {}).get("content", {}).get("application/json")
    if content is not None:
        properties = properties_of(document, content["schema"])
        yield from (name for name, each in properties.items() if not each.get("readOnly"))


def properties_of(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of an object, or of all the objects of which it may be one."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    found = dict(schema.get("properties", {}))
    for each in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        found |= properties_of(document, each)
    return found


@dataclass(frozen=True)
class Answer:
    """What a walker was answered, to judge it by."""

    call: str
    status: int
    text: str


class Walker:
    """One user, who knows everybody's ids and writes a mark of their own into every text."""

    def __init__(self, user: User, random: Random, ids: Ids) -> None:
        self.user, self.random, self.ids = user, random, ids
        self.mark = f"mark{user.pk:06d}x"
        clock = Clock()
        clock.now = timezone.now()
        self.bodies = Bodies(random, clock)
        self.own: dict[str, list[int | str]] = {}
        self.client = APIClient()
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {begin_family(user).access}")
        self._sign_in_elsewhere()

    def _sign_in_elsewhere(self) -> None:
        """Begin a sign-in that anybody may try to end; the one of the walk stays."""
        own = set(RefreshFamily.objects.filter(user=self.user).values_list("pk", flat=True))
        begin_family(self.user)
        elsewhere = RefreshFamily.objects.filter(user=self.user).exclude(pk__in=own).get()
        self.own["sign_in_id"] = [str(elsewhere.pk)]
        self.ids.keep("sign_in_id", str(elsewhere.pk))

    def call(self, operation: Operation) -> Answer:
        """Make one call and learn the ids in its answer."""
        path = self._path(operation)
        headers = {}
        if operation.method != "get" and self.random.random() < KEYED_SHARE:
            headers["Idempotency-Key"] = self.random.choice(KEYS)
        if self.random.random() < 0.1:
            headers["If-Match"] = f'"{self.random.randrange(1, 4)}"'
        body = self._body(operation)
        response = self.client.generic(
            operation.method.upper(),
            path,
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers=headers,
        )
        streamed = getattr(response, "streaming_content", None)
        content = response.content if streamed is None else b"".join(streamed)
        text = f"{content.decode()}\n{response.headers}"
        self._learn(operation, response, text)
        return Answer(f"{operation.method.upper()} {path} {body}", response.status_code, text)

    def _path(self, operation: Operation) -> str:
        path = operation.path
        if path.startswith(TASKS) and self.random.random() < OLDER_SHARE:
            path = path.replace(TASKS, self.random.choice(OLDER_ROOTS), 1)
        path = re.sub(r"\{(\w+)\}", lambda found: str(self._id(found[1])), path)
        return f"{path}?{self._query(operation)}".rstrip("?")

    def _id(self, name: str) -> int | str:
        if name == "user_id" and self.random.random() < 0.5:
            return self.user.pk
        own, known = self.own.get(name), self.ids.known.get(name)
        if own and self.random.random() < OWN_SHARE:
            return self.random.choice(own)
        return self.random.choice(known) if known else self.random.randrange(1, 50)

    def _query(self, operation: Operation) -> str:
        drawn = [each for each in operation.parameters if self.random.random() < PARAMETER_SHARE]
        return "&".join(f"{name}={quote(str(self._parameter(name)))}" for name in drawn)

    def _parameter(self, name: str) -> object:
        random = self.random
        values: dict[str, object] = {
            "ids": ",".join(str(self._id("task_id")) for _ in range(5)),
            "task_id": self._id("task_id"),
            "series": self._id("series_id"),
            "cursor": random.choice(self.ids.cursors) if self.ids.cursors else "x",
            "limit": random.choice((1, 2, 200)),
            "after": random.randrange(5),
            "others": "true",
            "since": "2020-01-01T00:00:00Z",
            "tag": random.choice(("home", "work", self.mark)),
            "status": random.choice(("pending", "completed", "all", "fired")),
            "sort": random.choice(("-priority,due_date", "title", "created_at")),
            "sort_by": random.choice(("relevance", "title", "due_date")),
            "due": random.choice(("today", "week", "none", "overdue")),
            "n": 3,
        }
        if name in ("search", "q"):
            return random.choice(SHARED)
        return values.get(name, random.choice(("true", "all", "2030-01-01", "medium", "task.created")))

    def _body(self, operation: Operation) -> Body | None:
        if operation.path.endswith("/bulk/"):
            return {"operations": [self._operation() for _ in range(3)], "atomic": self.random.random() < 0.5}
        if "title" in operation.fields:
            return self._task()
        if not operation.fields:
            return None
        return {name: self._value(name) for name in operation.fields if self.random.random() < 0.7}

    def _operation(self) -> Body:
        op = self.random.choice(("create", "update", "complete", "reopen", "delete"))
        if op == "create":
            return {"op": op, "fields": self._task()}
        about = {"op": op, "id": self._id("task_id")}
        return {**about, "fields": {"title": self._words()}} if op == "update" else about

    def _task(self) -> Body:
        body = self.bodies.new_task()
        body["tags"] = [*body["tags"], self.random.choice(("home", f"tag {self.mark}"))]
        return {**body, "title": self._words(), "description": self._words()}

    def _words(self) -> str:
        return f"{self.random.choice(SHARED)} {self.mark} {self.random.choice(SHARED)}"

    def _value(self, name: str) -> object:
        values: dict[str, object] = {
            "into": self._id("tag_id"),
            "name": self.random.choice(("home", f"tag {self.mark}")),
            "color": "#aa00ff",
            "email": f"{self.mark}@example.com",
            "time_zone": "Europe/Madrid",
            "week_start": "su",
            "channels": ["in_app"],
            "scopes": ["chat"],
            "expires_in_days": 7,
            "completed": self.random.random() < 0.5,
            "minutes": 10,
            "n": 3,
            "offset": "PT1H",
            "recurrence": "daily",
            "due_on": "2030-01-01",
            "quiet_from": "22:00",
            "quiet_until": "07:00",
            "query": f"tag=home&search={self.mark}",
            "group": "tag",
            "sort": "title",
            "position": 0,
            "endpoint": f"https://push.example.com/{self.mark}",
            "p256dh": POINT,
            "auth": SECRET,
        }
        return values.get(name, self.mark)

    def _learn(self, operation: Operation, response: Any, text: str) -> None:
        self.ids.cursors += [cursor for cursor in CURSOR.findall(text) if len(cursor) > 4][:2]
        if response.status_code in (200, 201) and response["Content-Type"] == "application/json":
            for name, value in _ids_in(operation.path, response.json()):
                self.own.setdefault(name, []).append(value)
                self.ids.keep(name, value)


def _ids_in(path: str, body: Any) -> Iterator[tuple[str, int]]:
    """Yield what ids an answer tells: of its own kind by the path, of others by their names."""
    kind = {
        "auth/personal-tokens": "token_id",
        "tasks": "task_id",
        "tags": "tag_id",
        "notifications": "notification_id",
        "reminders": "reminder_id",
        "views": "view_id",
        "push/subscriptions": "subscription_id",
    }
    found = re.match(r"/api/(auth/personal-tokens|push/subscriptions|\w+)/", path)
    own = kind.get(found[1], "") if found else ""
    rows = body.get("results", [body]) if isinstance(body, dict) else body
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict):
            continue
        for name, value in row.items():
            if isinstance(value, int) and not isinstance(value, bool):
                if name == "id" and own:
                    yield own, value
                elif name in ("task_id", "series_id", "tag_id", "job_id"):
                    yield name, value
        yield from (("reminder_id", each["id"]) for each in row.get("reminders") or () if "id" in each)
