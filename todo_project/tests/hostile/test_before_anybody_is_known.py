"""What anybody may ask for costs little: small bodies, and documents that are written once (V3, the kind)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.conf import settings
from django.test import Client
from pytest_django.fixtures import Settings

from todo_project.api import views
from todo_project.api.schema import openapi_document

PATIENCE = 60
SMALL = 16 * 1024
UNCOUNTED = [
    "/api/auth/token/refresh/",
    "/api/auth/token/refresh",
    "/api/auth/logout/",
    "/api/auth/email/confirm/",
    "/api/auth/session/login/",
    "/api/auth/session/logout/",
    "/admin/login/",
    "/admin/logout/",
]


def post(path: str, body: bytes) -> int:
    headers = {"accept": "application/json"}
    return Client().post(path, body, content_type="application/json", headers=headers).status_code


@pytest.mark.django_db
class TestBodies:
    """A megabyte of JSON takes 40 to 160 ms of a core to read; what these calls take fits in a few lines."""

    @pytest.mark.parametrize("path", UNCOUNTED)
    def test_a_call_that_nobody_counts_reads_16_kib_at_most(self, path: str) -> None:
        assert post(path, b'{"refresh": "%s"}' % (b"x" * SMALL)) == 413
        assert post(path, b'{"refresh": "%s"}' % (b"x" * (SMALL - 100))) != 413

    @pytest.mark.parametrize(
        ("path", "limit"),
        [
            ("/api/auth/token/", "FAILED_SIGNINS_PER_ADDRESS"),
            ("/api/auth/register/", "REGISTRATIONS_PER_MINUTE"),
        ],
    )
    def test_a_call_that_reads_more_is_counted_first(self, settings: Settings, path: str, limit: str) -> None:
        setattr(settings, limit, 2)
        body = b'{"username": ["%s"]}' % (b"x" * 500_000)

        assert [post(path, body) for _ in range(4)] == [400, 400, 429, 429]

    def test_the_longest_that_people_may_send_fits(self) -> None:
        longest = b'{"username": "%s", "password": "%s"}' % (
            b"\\ud83d\\ude00" * 150,
            b"\\ud83d\\ude00" * 1000,
        )

        assert len(longest) < SMALL
        assert max(bound.max_bytes for bound in settings.BODY_BOUNDS) > SMALL


def test_the_api_document_is_written_once_by_all_who_ask_for_it_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[int] = []
    somebody_writes, goes_on = Event(), Event()

    def write() -> dict[str, object]:
        written.append(1)
        somebody_writes.set()
        goes_on.wait(PATIENCE)
        return openapi_document()

    monkeypatch.setattr(views, "openapi_document", write)
    views._document_as.cache_clear()
    try:
        with ThreadPoolExecutor(8) as people:
            answers = [people.submit(Client().get, "/api/schema/") for _ in range(8)]
            assert somebody_writes.wait(PATIENCE)
            goes_on.set()
            assert {answer.result(timeout=PATIENCE).status_code for answer in answers} == {200}
    finally:
        views._document_as.cache_clear()

    assert len(written) == 1
