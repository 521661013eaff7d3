"""System checks of keys, paths and queries."""

import pytest
from django.urls import path
from pytest_django.fixtures import Settings
from rest_framework.views import APIView

from accounts_app import checks
from accounts_app.api.permissions import IsCaller
from todo_project.api import checks as api_checks


class Guarded(APIView):
    permission_classes = (IsCaller,)


class Open(APIView):
    permission_classes = ()


urlpatterns = [
    path("api/<int:user_id>/guarded/", Guarded.as_view()),
    path("api/<int:user_id>/open/", Open.as_view()),
]


def test_a_short_key_is_refused(settings: Settings) -> None:
    assert checks.check_secret_key() == []

    settings.SECRET_KEY = "x" * 31

    assert [each.id for each in checks.check_secret_key()] == ["accounts_app.E001"]


def test_the_real_urls_pass() -> None:
    assert checks.check_paths_of_users() == []
    assert api_checks.check_strict_queries() == []


@pytest.mark.urls("todo_project.tests.api.test_checks")
def test_a_path_of_a_user_without_its_guard_is_found() -> None:
    [error] = checks.check_paths_of_users()

    assert "open" in str(error.msg)


@pytest.mark.urls("todo_project.tests.api.test_checks")
def test_a_view_that_ignores_unknown_parameters_is_found() -> None:
    assert [str(each.msg).removesuffix(".").split(".")[-1] for each in api_checks.check_strict_queries()] == [
        "Guarded ignores unknown query parameters",
        "Open ignores unknown query parameters",
    ]
