"""The OpenAPI document is valid for strict tools, and what it says of values is what the code reads."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from rest_framework.test import APIClient

from accounts_app.tests.factories import make_user, signed_in_client
from foundation.moments import parse_moment
from tasks_app.api.inputs import is_tag
from tasks_app.recurrence import load_zone
from tasks_app.values.moments import read_moment
from todo_project.api.schema import openapi_document
from todo_project.tests.api.test_every_route import fill, routes

ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "X-NEW")
BAD_TAGS = ("", " ", "a,b", "a\tb", "x" * 51)


def schemas(value: object) -> Iterator[dict[str, Any]]:
    """Yield everything in the document that is a JSON Schema: what stands under `schema` and among the components."""
    document = openapi_document()
    yield from document["components"]["schemas"].values()
    yield from _under_schema(value)


def _under_schema(value: object) -> Iterator[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict) and isinstance(value.get("schema"), dict):
        yield value["schema"]
    for each in inner:
        yield from _under_schema(each)


def accepts(name: str, value: object) -> bool:
    """Say whether a component's schema has a value."""
    registry: Registry[Any] = Registry().with_resource(
        "urn:document", DRAFT202012.create_resource(openapi_document())
    )
    schema = {"$ref": f"urn:document#/components/schemas/{name}"}
    return Draft202012Validator(schema, registry=registry).is_valid(value)


def is_closed(schema: dict[str, Any]) -> bool:
    """Say whether a body, or each alternative of it, has no other fields than those it names."""
    alternatives = [schema] if "properties" in schema else schema["oneOf"]
    return all(each["additionalProperties"] is False for each in alternatives)


def test_the_document_is_openapi_3_1() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(openapi_document()).iter_errors()] == []


def test_every_schema_in_it_is_a_json_schema() -> None:
    for schema in schemas(openapi_document()["paths"]):
        Draft202012Validator.check_schema(schema)


def test_a_type_stands_once_where_null_is_one() -> None:
    text = str(openapi_document())

    assert "'null', 'null'" not in text
    assert "'nullable'" not in text


def test_every_pattern_is_one_that_every_tool_reads() -> None:
    patterns = set(re.findall(r"'pattern': '(\^.*?\$)'", str(openapi_document())))

    assert patterns
    assert [
        each for each in patterns if "(?!" in each or "(?=" in each or "(?i" in each or "\\Z" in each
    ] == []


def test_bodies_are_closed_and_their_own_fields_alone_are_writable() -> None:
    components = openapi_document()["components"]["schemas"]
    task = components["TaskRequest"]

    bodies = {name: schema for name, schema in components.items() if name.endswith("Request")}
    assert [name for name, schema in bodies.items() if not is_closed(schema)] == []
    assert {name for name, each in task["properties"].items() if each.get("readOnly")} >= {
        "id",
        "version",
        "status",
        "overdue",
    }
    assert task["properties"]["title"] | {"pattern": ""} == {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "pattern": "",
    }


@settings(deadline=None)
@given(st.dates(min_value=parse_moment("1970-01-01"), max_value=parse_moment("9999-12-31")).map(str))  # type: ignore[arg-type]
def test_every_date_of_the_calendar_is_in_the_pattern(day: str) -> None:
    assert accepts("Day", day)
    assert accepts("Moment", f"{day}T23:59:59Z")


@settings(deadline=None, max_examples=300)
@given(
    st.from_regex(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|\+0[0-9]:[0-9]{2})?)?\Z")
)
def test_what_the_pattern_of_a_moment_has_is_read(text: str) -> None:
    assert not accepts("Moment", text) or read_moment(text) is not None


@pytest.mark.parametrize(
    "text", ["2027-02-29", "2100-02-29", "2026-04-31", "2026-13-01", "1969-12-31", "2026-1-1"]
)
def test_no_day_that_there_is_not_is_in_the_pattern(text: str) -> None:
    assert not accepts("Day", text)
    assert read_moment(text) is None


@pytest.mark.parametrize("name", ["Europe/Madrid", "UTC", "Etc/GMT+1", "America/Argentina/Buenos_Aires"])
def test_zones_are_in_their_pattern(name: str) -> None:
    assert accepts("TimeZoneName", name)
    assert load_zone(name).key == name


@pytest.mark.parametrize("name", ["europe/madrid", "Factory", "Mars/Base", "", "Etc/GMT1x"])
def test_what_is_no_zone_is_not_in_their_pattern(name: str) -> None:
    assert not accepts("TimeZoneName", name)


@pytest.mark.parametrize("name", BAD_TAGS)
def test_what_is_no_tag_is_not_in_the_schema(name: str) -> None:
    assert not accepts("TagName", name)
    assert not is_tag(name)


@pytest.mark.parametrize("name", ["home", "カ", "é", "C++", "x" * 50])
def test_tags_are_in_the_schema(name: str) -> None:
    assert accepts("TagName", name)
    assert is_tag(name)


def test_ids_that_an_answer_holds_are_linked_to_the_calls_that_take_them() -> None:
    paths = openapi_document()["paths"]
    links = paths["/api/tasks/"]["post"]["responses"]["201"]["links"]

    assert links["ReadTask"] == {"operationId": "read_task", "parameters": {"task_id": "$response.body#/id"}}
    assert {"SkipOccurrence", "UndoChange", "AddReminder", "DeleteTask"} <= set(links)
    assert "DeleteTag" in paths["/api/tags/"]["post"]["responses"]["201"]["links"]


@pytest.mark.django_db
def test_a_method_that_is_not_declared_is_405_everywhere_and_says_which_are() -> None:
    user = make_user()
    client, wrong = signed_in_client(user), []
    for path, view in routes():
        declared = {each.upper() for each in view.http_method_names if hasattr(view, each)} - {"OPTIONS"}
        declared |= (
            {"HEAD"} & {each.upper() for each in view.http_method_names} if "GET" in declared else set()
        )
        url = fill(path.replace("{user_id}", str(user.pk)), 1)
        for method in sorted(set(ALL_METHODS) - declared):
            answer = client.generic(method, f"{url}?nonsense=1")
            if answer.status_code != 405 or set(answer["Allow"].split(", ")) != declared:
                wrong.append((method, path, answer.status_code, answer.get("Allow")))

    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", ["3", '"3', "3, 4", "W/3", "", "null"])
def test_a_version_without_quotes_is_refused_and_not_passed_over(wrong: str) -> None:
    client: APIClient = signed_in_client(make_user())
    task = client.post("/api/tasks/", {"title": "Water"}).json()["id"]
    answer = client.put(f"/api/tasks/{task}/completion/", headers={"if-match": wrong})

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == ["If-Match"]
    assert client.put(f"/api/tasks/{task}/completion/", headers={"if-match": 'W/"1"'}).status_code == 412
    assert client.put(f"/api/tasks/{task}/completion/", headers={"if-match": '"1"'}).status_code == 200
