"""Who is answered on which route: people under the public name, probes and sidecars under any."""

from collections.abc import Iterator, Sequence
from types import ModuleType

import pytest
from django.conf import settings as configured
from django.test import Client, override_settings
from django.urls import ResolverMatch, URLPattern, URLResolver, resolve
from pytest_django import Settings

from events_app.transports.options import DaprOptions
from todo_project import urls
from todo_project.web.routes import Routes, is_internal, served_routes

pytestmark = pytest.mark.django_db

POD, SIDECAR_S = "10.244.1.17:8000", "127.0.0.1:8000"
TOKEN = "a token that only the sidecar knows"
PROBES = ("/livez", "/livez/", "/startupz", "/readyz")
SIDECAR = ("/dapr/subscribe", "/dapr/events/task-events", "/job/reminders-1", "/wake/tags", "/reminder-cron")


@pytest.fixture(autouse=True)
def cluster(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["todo.example"]
    settings.EVENT_TRANSPORT = "dapr"
    settings.DAPR = DaprOptions(app_token=TOKEN)


def call(path: str, host: str, *, token: str = TOKEN) -> int:
    """The status of the call that a probe or a sidecar makes."""
    client = Client(headers={"host": host, "dapr-api-token": token})
    if path in PROBES or path == "/dapr/subscribe":
        return client.get(path).status_code
    if path == "/reminder-cron":
        return client.options(path).status_code
    return client.post(path, b"{}", content_type="application/cloudevents+json").status_code


@pytest.mark.parametrize("host", [POD, SIDECAR_S, "todo.example", "[fd00::17]:8000", "todo-web.apps.svc"])
@pytest.mark.parametrize("path", [*PROBES, *SIDECAR])
def test_probes_and_the_sidecar_are_answered_whatever_they_call_us(path: str, host: str) -> None:
    assert call(path, host) == 200


@pytest.mark.parametrize("host", [POD, SIDECAR_S, "evil.example"])
@pytest.mark.parametrize("path", SIDECAR)
def test_without_the_token_no_host_helps(path: str, host: str) -> None:
    assert call(path, host, token="wrong") == 401


@pytest.mark.parametrize("host", [POD, SIDECAR_S, "evil.example", "todo.example.evil.example"])
@pytest.mark.parametrize(
    "path",
    [
        *("/", "/api/", "/api/tasks/", "/admin/login/", "/livezz", "/livez/x", "/livez//", "//livez"),
        *(
            "/dapr",
            "/dapr/other",
            "/dapr/events/a/b",
            "/job/",
            "/wake/",
            "/wake/a/b",
            "/reminder-cron/x",
            "/api/livez",
        ),
    ],
)
def test_everything_else_is_for_people_under_the_public_name(path: str, host: str) -> None:
    assert Client(headers={"host": host}).get(path).status_code == 400


def patterns(routes: Routes) -> Iterator[str]:
    """An example path of each pattern."""
    for route in routes:
        if isinstance(route, URLResolver):
            yield from (str(route.pattern) + each for each in patterns(route.url_patterns))
        else:
            yield str(route.pattern)


def example(pattern: str) -> str:
    """A path that the pattern of an internal route matches."""
    return "/" + pattern.replace("^", "").replace("/?$", "").replace("<str:topic>", "t").replace(
        "<str:name>", "n"
    )


@override_settings(ROOT_URLCONF="todo_project.urls")
def test_every_route_is_either_public_or_internal() -> None:
    internal = [example(each) for each in patterns([*urls.probe_routes, *urls.sidecar_routes])]
    assert {
        "/livez",
        "/readyz",
        "/startupz",
        "/dapr/subscribe",
        "/dapr/events/t",
        "/job/n",
        "/wake/n",
        "/reminder-cron",
    } == {*internal}
    assert [path for path in internal if not is_internal(path)] == []
    firsts = {path.split("/")[1] for path in internal}
    public = {each.lstrip("^").split("/")[0] for each in patterns(urls.public_routes)}
    assert not {first for first in firsts for each in public if each.startswith(first)}


def serve(served: str) -> ModuleType:
    """A module of URLs as `TODO_ROUTES` makes it."""
    made = ModuleType(f"urls_{served}")
    made.__dict__.update({name: value for name, value in vars(urls).items() if name.startswith("handler")})
    made.__dict__["urlpatterns"] = served_routes(
        served, probes=urls.probe_routes, public=urls.public_routes, sidecar=urls.sidecar_routes
    )
    return made


def statuses(paths: Sequence[str]) -> set[int]:
    return {call(path, "todo.example") for path in paths}


def test_a_public_process_answers_404_to_the_sidecar_s_routes_even_with_the_token() -> None:
    with override_settings(ROOT_URLCONF=serve("public")):
        assert statuses(SIDECAR) == {404}
        assert statuses(PROBES) == {200}
        assert Client(headers={"host": "todo.example"}).get("/api/").status_code == 200


def test_an_internal_process_serves_nobody_else() -> None:
    with override_settings(ROOT_URLCONF=serve("internal")):
        assert statuses(SIDECAR) == statuses(PROBES) == {200}
        for path in ("/", "/api/", "/api/tasks/", "/admin/", "/sign-in", "/api/auth/token/"):
            assert Client(headers={"host": "todo.example"}).get(path).status_code == 404


def test_all_is_the_default() -> None:
    assert configured.ROUTES == "all"
    assert [type(each) for each in urls.urlpatterns] == [
        type(each) for each in (*urls.probe_routes, *urls.sidecar_routes, *urls.public_routes)
    ]
    assert all(isinstance(each, URLPattern | URLResolver) for each in urls.urlpatterns)


@pytest.mark.parametrize(
    "path",
    [
        "/dapr/events/task-events",
        "/api/tasks/7/",
        "/api/changes/",
        "/api/notifications/",
        "/api/auth/me/",
        "/app/today",
    ],
)
def test_few_patterns_are_tried_for_what_is_asked_most(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    tried: list[str] = []
    original = URLPattern.resolve

    def resolve_noted(self: URLPattern, rest: str) -> ResolverMatch | None:
        tried.append(str(self.pattern))
        return original(self, rest)

    monkeypatch.setattr(URLPattern, "resolve", resolve_noted)
    assert resolve(path)
    assert len(tried) <= 20
