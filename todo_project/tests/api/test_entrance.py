"""The index, the OpenAPI document and its page."""

import re

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.urls import reverse
from rest_framework.test import APIClient

from accounts_app.tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_the_index_names_what_needs_no_id() -> None:
    answer = APIClient().get("/api/").json()

    assert answer["auth/me"] == "http://testserver/api/auth/me/"
    assert answer["tasks"] == "http://testserver/api/tasks/"
    assert "todos" not in answer
    assert not [path for path in answer if "(" in path or "?" in path]
    assert answer["schema"] == "http://testserver/api/schema/"
    assert APIClient().get("/api").json() == answer


def test_the_schema_is_openapi_3_1_with_problems_and_both_ways_to_sign_in() -> None:
    response = APIClient().get("/api/schema/")

    document = response.json()
    assert document["openapi"] == "3.1.1"
    assert set(document["components"]["securitySchemes"]) == {"bearer", "session"}
    me = document["paths"]["/api/auth/me/"]["get"]
    assert me["security"] == [{"bearer": []}, {"session": []}]
    problem = me["responses"]["default"]["content"]["application/problem+json"]["schema"]
    assert problem == {"$ref": "#/components/schemas/Problem"}
    assert "Problem" in document["components"]["schemas"]
    assert "security" not in document["paths"]["/api/auth/token/"]["post"]
    as_yaml = APIClient().get("/api/schema/?format=yaml").content
    assert yaml.safe_load(as_yaml)["paths"] == document["paths"]


def test_the_documentation_page_loads_everything_from_here() -> None:
    response = APIClient().get("/api/docs/", headers={"accept": "text/html"})

    assert response.status_code == 200
    page = response.content.decode()
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", page)
    sources = re.findall(r"(?:src|href)=[\"']/static/([^\"']+)", page)
    assert sources
    assert all(finders.find(source) for source in sources)


def test_the_browsable_api_shows_an_account_and_a_way_out() -> None:
    client = APIClient()
    client.force_login(make_user("ann"))

    page = client.get("/api/auth/me/", headers={"accept": "text/html"}).content.decode()

    assert "ann" in page
    assert "/api/auth/session/logout" in page
    assert "application/json" in page


def test_the_browsable_api_offers_to_sign_in() -> None:
    page = APIClient().get("/api/", headers={"accept": "text/html"}).content.decode()

    assert "/api/auth/session/login" in page
    assert APIClient().get("/api/auth/session/login/").status_code == 200


@pytest.mark.parametrize("path", ["/api/", "/api/docs/", "/api/auth/session/login/", "/admin/login/"])
def test_each_place_beside_the_page_has_its_name_and_leads_back_to_it(path: str) -> None:
    page = APIClient().get(path, headers={"accept": "text/html"}).content.decode()

    [title] = re.findall(r"<title>([^<]*)</title>", page)
    assert "Todo" in title
    [home] = re.findall(r'<a class="brand" href="([^"]*)">', page)
    assert home == reverse("web-home")
    assert {reverse("api-index"), reverse("docs")} <= set(re.findall(r'<a href="([^"]*)"', page))
