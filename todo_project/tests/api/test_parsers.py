"""Hostile JSON bodies, each refused by name before any view sees it."""

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user, signed_in_client
from todo_project.api.parsers import parse_object

ME = "/api/auth/me/"


@pytest.fixture
def client(db: None) -> APIClient:
    return signed_in_client(make_user("ann"))


def send(
    client: APIClient, body: bytes, content_type: str = "application/json"
) -> tuple[int, dict[str, Any]]:
    response = client.generic("PATCH", ME, body, content_type=content_type)  # type: ignore[arg-type]
    assert response["Content-Type"] == "application/problem+json", response.content
    problem = response.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "errors", "request_id"}
    assert problem["status"] == response.status_code
    return response.status_code, problem


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        (b'{"email": "a\\u0000b"}', "email", "invalid_character"),
        (b'{"email": "\\ud800"}', "email", "invalid_character"),
        (b'{"a\\u0000b": 1}', "a\\0b", "invalid_character"),
        (b'{"\\udc00": 1}', "\\udc00", "invalid_character"),
        (b'{"email": NaN}', "email", "not_finite"),
        (b'{"email": -Infinity}', "email", "not_finite"),
        (b'{"email": 1e999}', "email", "not_finite"),
        (b'{"channels": [1, {"x": 9223372036854775808}]}', "channels[1].x", "integer_out_of_range"),
        (b'{"email": -9223372036854775809}', "email", "integer_out_of_range"),
        (b'{"email": ' + b"9" * 5000 + b"}", "email", "integer_out_of_range"),
        (b'{"email": "a", "email": "b"}', "email", "duplicate_field"),
        (b'{"channels": [{"x": 1, "x": 2}]}', "channels[0].x", "duplicate_field"),
        (b'{"email": ' + b"[" * 20 + b"]" * 20 + b"}", "email" + "[0]" * 19, "too_deep"),
        (b"[" * 100_000 + b"]" * 100_000, "", "too_deep"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "a", "too_deep"),
        (b'{"x": {"n": "}"}, "\\u0061:": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", "a:", "too_deep"),
    ],
)
def test_a_value_that_can_not_be_kept_is_named(client: APIClient, body: bytes, field: str, code: str) -> None:
    send(client, b"[")  # the first call of a process loads what answers
    started = time.process_time()
    status, problem = send(client, body)

    assert status == 400
    errors = problem["errors"]
    assert [(error["field"], error["code"]) for error in errors] == [(field, code)]
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "malformed"),
        (b"", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b'{"email": "\xff"}', "malformed"),
        (b'{"email": "\xed\xa0\x80"}', "malformed"),
        (b'{"email": "a\x00b"}', "malformed"),
        (b"{'email': 1}", "malformed"),
        (b"\xef\xbb\xbf{}", "malformed"),
        (b"[]", "not_an_object"),
        (b"1", "not_an_object"),
        (b"null", "not_an_object"),
        (b'"text"', "not_an_object"),
    ],
)
def test_what_is_no_json_object_is_400(client: APIClient, body: bytes, code: str) -> None:
    if not body:
        body = b" "

    assert send(client, body)[1]["code"] == code


def test_a_body_over_one_mebibyte_is_413(client: APIClient) -> None:
    fits = b'{"x": "' + b"x" * (1024 * 1024 - 9) + b'"}'
    assert len(fits) == 1024 * 1024

    assert send(client, fits)[1]["errors"][0]["code"] == "unknown_field"
    status, problem = send(client, fits + b" ")
    assert (status, problem["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/json; charset=utf-16",
        "junk",
    ],
)
def test_another_content_type_is_415(client: APIClient, content_type: str) -> None:
    status, problem = send(client, b'{"week_start": "su"}', content_type)

    assert (status, problem["code"]) == (415, "unsupported_media_type")
    assert User.objects.get().week_start == "mo"


def test_utf_8_may_be_said(client: APIClient) -> None:
    response = client.generic("PATCH", ME, "{}", content_type="application/json; charset=UTF-8")

    assert response.status_code == 200


def test_a_body_without_a_length_is_refused_not_ignored(client: APIClient) -> None:
    response = client.patch(ME, {"week_start": "su"}, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")

    assert (response.status_code, response.json()["code"]) == (411, "length_required")
    assert User.objects.get().week_start == "mo"


names = st.text('ab\u00e9\u4e2d\U0001f600\n"\\', max_size=3)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.just(1.5) | names
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(st.dictionaries(names, values, max_size=3), st.booleans())
def test_what_can_be_kept_is_parsed_as_it_is(value: dict[str, Any], ascii_only: bool) -> None:
    assert parse_object(json.dumps(value, ensure_ascii=ascii_only).encode()) == value
