"""Who acts is known to the log, under WSGI and ASGI alike."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import AsyncClient, Client
from django.urls import path
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts_app.operations.sign_ins.families import begin_family
from accounts_app.tests.factories import make_user, signed_in_client
from events_app.models import Event
from foundation.context import SYSTEM, provenance
from todo_project.urls import urlpatterns as real_urlpatterns

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def show(request: HttpRequest) -> HttpResponse:
    now = provenance()
    return JsonResponse({"actor": now.actor.id, "request_id": now.request_id, "trace": now.traceparent})


urlpatterns = [path("admin/show/", show), path("show/", show), *real_urlpatterns]


@pytest.mark.django_db
@pytest.mark.urls("todo_project.tests.api.test_middleware")
def test_nobody_acts_until_someone_is_known() -> None:
    client = Client()
    user = make_user()

    assert client.get("/show/").json()["actor"] == "http"
    assert client.get("/admin/show/").json()["actor"] == "http"
    client.force_login(user)
    assert client.get("/admin/show/").json()["actor"] == str(user.pk)
    assert provenance() == SYSTEM


@pytest.mark.django_db
@pytest.mark.urls("todo_project.tests.api.test_middleware")
def test_a_trace_is_begun_and_that_of_a_trusted_client_carried_on(settings: Settings) -> None:
    client = APIClient()

    begun = client.get("/show/", headers={"traceparent": TRACE}).json()["trace"]
    assert begun[3:35] != TRACE[3:35]
    assert begun.endswith("-00"), "nobody records it: a sidecar must not think so"
    settings.TRACE_CLIENTS = True
    assert client.get("/show/", headers={"traceparent": TRACE}).json()["trace"] == TRACE
    for wrong in ("", "junk", TRACE.upper(), "00-" + "0" * 32 + TRACE[35:], TRACE + "-x"):
        made = client.get("/show/", headers={"traceparent": wrong}).json()["trace"]
        assert len(made) == len(TRACE)
        assert made != wrong


@pytest.mark.django_db
def test_the_token_decides_when_a_session_is_there_too() -> None:
    session_user, token_user = make_user(), make_user()
    client = signed_in_client(token_user)
    browser = Client()
    browser.force_login(session_user)
    client.cookies = browser.cookies

    assert client.patch("/api/auth/me/", {"week_start": "su"}).status_code == 200

    assert Event.objects.get().actor_id == str(token_user.pk)


@pytest.mark.django_db(transaction=True)
def test_requests_side_by_side_under_asgi_keep_their_own_actor_and_id() -> None:
    users = [make_user() for _ in range(6)]
    tokens = [begin_family(user).access for user in users]

    ids: dict[str, str] = {}

    async def change(token: str, request_id: str) -> None:
        headers = {"authorization": f"Bearer {token}", "x-request-id": request_id}
        response = await AsyncClient().patch(
            "/api/auth/me/", '{"week_start": "su"}', content_type="application/json", headers=headers
        )
        assert response.status_code == 200
        ids[request_id] = response["X-Request-ID"]

    async def all_of_them() -> None:
        await asyncio.gather(
            *(change(token, f"request-{user.pk}") for token, user in zip(tokens, users, strict=True))
        )
        await sync_to_async(connections.close_all)()  # those of the thread that ran the views

    asyncio.run(all_of_them())

    found = {(each.actor_id, each.client_request_id, each.request_id) for each in Event.objects.all()}
    assert found == {(str(user.pk), (name := f"request-{user.pk}"), ids[name]) for user in users}


@pytest.mark.django_db
def test_a_call_that_shows_a_token_has_no_session() -> None:
    answer = signed_in_client(make_user()).get("/api/auth/me/")
    assert answer.status_code == 200
    assert [hasattr(answer.wsgi_request, name) for name in ("session", "_messages")] == [False, False]


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_admin_has_its_session_whatever_a_client_shows(client: Client, scheme: str) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert client.get("/admin/", headers={"Authorization": f"{scheme} x"}).status_code == 200


@pytest.mark.django_db
def test_a_browsable_page_opens_for_a_token() -> None:
    page = signed_in_client(make_user()).get("/api/tasks/", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert page["Content-Type"].startswith("text/html")
