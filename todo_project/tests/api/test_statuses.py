"""OpenAPI names every status that a call is answered with, found by calling everything wrongly."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.tests.factories import make_user, signed_in_client
from todo_project.api.schema import openapi_document

pytestmark = pytest.mark.django_db
ABSENT = "987654"
WRONG: tuple[dict[str, Any], ...] = (
    {},
    {"data": {"nonsense": 1}},
    {"data": [1]},
    {"query": "?nonsense=1"},
    {"headers": {"if-match": '"7"'}},
    {"headers": {"idempotency-key": "not a key"}},
    {"raw": ("{", "application/json")},
    {"raw": ("<a/>", "application/xml")},
)


def calls() -> Iterator[tuple[str, str, set[str]]]:
    for path, methods in openapi_document()["paths"].items():
        for method, operation in methods.items():
            yield method, path, set(operation["responses"])


def called(client: APIClient, method: str, path: str, wrong: dict[str, Any]) -> int:
    url = re.sub(r"\{\w+\}", ABSENT, path) + wrong.get("query", "")
    send = getattr(client, method)
    if "raw" in wrong and method != "get":
        body, content_type = wrong["raw"]
        return int(send(url, body, content_type=content_type).status_code)
    data = None if method == "get" else wrong.get("data")
    return int(send(url, data, headers=wrong.get("headers")).status_code)


def test_every_status_of_every_call_is_described() -> None:
    clients = (APIClient(), signed_in_client(make_user()))
    unknown = {
        (method, path, status)
        for method, path, described in calls()
        for client in clients
        for wrong in WRONG
        if (status := called(client, method, path, wrong)) and str(status) not in described
    }
    assert unknown == set()


def test_what_can_be_repeated_safely_says_how() -> None:
    skip = openapi_document()["paths"]["/api/tasks/{task_id}/skip/"]["post"]
    assert {"Idempotency-Key", "If-Match"} <= {each["name"] for each in skip["parameters"]}
    expected = {
        "200",
        "204",
        "400",
        "401",
        "403",
        "404",
        "409",
        "411",
        "412",
        "413",
        "414",
        "415",
        "422",
        "429",
        "503",
    }
    assert set(skip["responses"]) == {*expected, "default"}
    sign_in = openapi_document()["paths"]["/api/auth/token/"]["post"]
    assert "Idempotency-Key" not in [each["name"] for each in sign_in.get("parameters", [])]
