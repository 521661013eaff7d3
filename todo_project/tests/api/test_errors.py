"""Every error is a problem document, wherever it comes from."""

import json
import logging
import re

import pytest
from django.http import HttpResponse
from rest_framework.test import APIClient

from accounts_app.operations.sign_ins.families import begin_family
from accounts_app.tests.factories import PASSWORD, make_user, signed_in_client
from todo_project.logs.formatters import TextFormatter

pytestmark = [pytest.mark.django_db, pytest.mark.urls("todo_project.tests.api.urls")]


@pytest.fixture
def client() -> APIClient:
    return APIClient(raise_request_exception=False)


def problem(response: HttpResponse) -> dict[str, object]:
    assert response["Content-Type"] == "application/problem+json"
    document = json.loads(response.content)
    assert list(document) == ["type", "title", "status", "detail", "code", "errors", "request_id"]
    assert document["status"] == response.status_code
    assert document["request_id"] == response["X-Request-ID"]
    return document  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("call", "headers", "answer"),
    [
        ("GET /api/auth/me/", {}, (401, "not_authenticated")),
        ("GET /api/nowhere/", {}, (404, "not_found")),
        ("GET /nowhere", {}, (404, "not_found")),
        ("DELETE /api/auth/token/", {}, (405, "method_not_allowed")),
        ("GET /api/auth/token/", {}, (405, "method_not_allowed")),
        ("GET /api/fail/no/", {"accept": "image/png"}, (406, "not_acceptable")),
        ("GET /api/", {"host": "evil.example"}, (400, "malformed")),
        ("GET /api/fail/domain/", {}, (409, "kettle_is_dry")),
        ("GET /api/fail/busy/", {}, (503, "unavailable")),
        ("GET /api/fail/throttled/", {}, (429, "throttled")),
        ("GET /api/fail/bug/", {}, (500, "server_error")),
        ("GET /api/broken/", {}, (500, "server_error")),
    ],
)
def test_errors_of_every_origin_are_problems(
    client: APIClient, call: str, headers: dict[str, str], answer: tuple[int, str]
) -> None:
    method, path = call.split()

    response = client.generic(method, path, headers=headers)

    document = problem(response)
    assert (document["status"], document["code"]) == answer
    assert "secret detail" not in response.content.decode()


def test_a_busy_database_and_a_limit_say_when_to_come_back(client: APIClient) -> None:
    assert client.get("/api/fail/busy/")["Retry-After"] == "1"
    assert client.get("/api/fail/domain/")["Retry-After"] == "7"
    assert client.get("/api/fail/throttled/")["Retry-After"] == "42"


def test_method_not_allowed_names_the_methods(client: APIClient) -> None:
    assert client.get("/api/auth/token/")["Allow"] == "POST"


def test_a_domain_error_carries_its_fields(client: APIClient) -> None:
    document = problem(client.get("/api/fail/fields/"))

    assert document["errors"] == [
        {"field": "a.b", "code": "x", "detail": "X."},
        {"field": "c", "code": "y", "detail": "Y."},
    ]


def test_nested_errors_are_paths_and_all_are_named_at_once(client: APIClient) -> None:
    body = {"items": [{"name": "tea", "size": 1}, {"size": -1, "colour": "red"}], "extra": 1}

    document = problem(client.post("/api/orders/", body))

    assert {(each["field"], each["code"]) for each in document["errors"]} == {  # type: ignore[attr-defined]
        ("extra", "unknown_field"),
        ("title", "required"),
        ("items[1].name", "required"),
        ("items[1].size", "min_value"),
        ("items[1].colour", "unknown_field"),
    }


def test_an_error_about_the_whole_has_an_empty_field(client: APIClient) -> None:
    document = problem(client.post("/api/orders/", {"title": "nothing", "items": []}))

    assert document["errors"] == [{"field": "", "code": "empty_order", "detail": "Order something."}]
    assert document["detail"] == "Order something."


def test_read_only_fields_are_refused_on_creation(client: APIClient) -> None:
    document = problem(client.post("/api/orders/", {"id": 7, "made_at": None, "title": "tea", "items": []}))

    assert [(each["field"], each["code"]) for each in document["errors"]] == [  # type: ignore[attr-defined]
        ("id", "read_only"),
        ("made_at", "read_only"),
    ]


def test_read_only_fields_may_be_sent_back_unchanged(client: APIClient) -> None:
    assert client.put("/api/orders/", {"id": 1, "title": "tea", "items": []}).status_code == 200
    assert client.put("/api/orders/", {"id": 8, "title": "tea", "items": []}).status_code == 400
    assert client.put("/api/orders/", {"id": "1", "title": "tea", "items": []}).status_code == 400
    assert client.put("/api/orders/", {"id": True, "title": "tea", "items": []}).status_code == 400


def test_the_browsable_page_stays_a_page(client: APIClient) -> None:
    response = client.get("/api/auth/me/", headers={"accept": "text/html"})

    assert response.status_code == 401
    assert response["Content-Type"].startswith("text/html")
    assert "not_authenticated" in response.content.decode()


def test_admin_keeps_its_own_pages(client: APIClient) -> None:
    response = client.get("/admin/nowhere/")

    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("path", "unknown"),
    [
        ("/api/?q=1", ["q"]),
        ("/api/auth/me/?limit=1", ["limit"]),
        ("/api/auth/me/?user__password=1&format=json&x=2", ["user__password", "x"]),
    ],
)
def test_unknown_query_parameters_are_named(path: str, unknown: list[str]) -> None:
    document = problem(signed_in_client(make_user()).get(path))

    assert document["status"] == 400
    assert [(each["field"], each["code"]) for each in document["errors"]] == [  # type: ignore[attr-defined]
        (name, "unknown_parameter") for name in unknown
    ]


def test_a_query_parameter_is_refused_where_the_body_is_the_credential() -> None:
    response = APIClient().post("/api/auth/token/?next=x", {"username": "a", "password": "b"})

    assert problem(response)["errors"][0]["field"] == "next"  # type: ignore[index]


def test_another_users_path_is_like_none_at_all() -> None:
    caller, other = make_user(), make_user()
    client = signed_in_client(caller)

    assert client.get(f"/api/{caller.pk}/users/").status_code == 200
    for named in (other.pk, f"0{caller.pk}", "9" * 30, "9" * 5000, 0):
        assert problem(client.get(f"/api/{named}/users/"))["code"] == "not_found"
    assert APIClient().get(f"/api/{caller.pk}/users/").status_code == 401


def test_every_call_gets_an_id_of_its_own_whatever_its_client_says(client: APIClient) -> None:
    given = ("", "abc-1.2:3_4", "abc-1.2:3_4", "0" * 32, "x" * 65, "a b", "a\nb", "é")
    made = [client.get("/nowhere", headers={"x-request-id": each}) for each in given]

    ids = [response["X-Request-ID"] for response in made]
    assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in ids)
    assert len({*ids, *given}) == len(ids) + len(set(given))
    assert [problem(response)["request_id"] for response in made] == ids


def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    make_user("ann")
    tokens = begin_family(make_user("bob"))
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.access}")

    client.post("/api/auth/token/", {"username": "ann", "password": PASSWORD})
    client.post("/api/auth/token/", {"username": "ann", "password": "wrong-password"})
    client.post("/api/auth/token/refresh/", {"refresh": tokens.refresh})
    client.post("/api/auth/register/", {"username": "eve", "password": "short-secret", "x": 1})
    ticket = client.post("/api/ws-tickets/").json()["ticket"]
    client.get("/api/fail/bug/")

    secrets = [PASSWORD, "wrong-password", "short-secret", tokens.access, tokens.refresh, ticket]
    lines = "\n".join(
        TextFormatter().format(record) for record in caplog.records if "sql" not in vars(record)
    )
    assert "ZeroDivisionError" in lines
    assert [secret for secret in secrets if secret in lines] == []


def test_no_origin_is_let_in(client: APIClient) -> None:
    response = client.options(
        "/api/auth/me/", headers={"origin": "https://evil.example", "access-control-request-method": "GET"}
    )

    assert not [name for name in response.headers if name.lower().startswith("access-control")]
