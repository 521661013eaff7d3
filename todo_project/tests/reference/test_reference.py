"""What the reference says is what the code does."""

import json
from pathlib import Path

import pytest
from django.conf import settings

from todo_project.reference import generated_files
from todo_project.reference.schemas import incompatibilities, schemas

ROOT = Path(settings.BASE_DIR)


@pytest.mark.parametrize("path", schemas(), ids=str)
def test_a_schema_is_compatible_with_the_committed_one(path: Path) -> None:
    committed = json.loads((ROOT / path).read_text())
    assert list(incompatibilities(committed, schemas()[path])) == []


@pytest.mark.parametrize("path", generated_files(), ids=str)
def test_a_generated_page_is_up_to_date(path: Path) -> None:
    assert (ROOT / path).read_text() == generated_files()[path], "run `manage.py reference`"


def test_losing_a_field_changing_its_type_or_demanding_a_new_one_is_incompatible() -> None:
    old = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]}
    new = {"properties": {"a": {"type": "integer"}, "c": {}}, "required": ["a", "c"]}
    assert list(incompatibilities(old, new)) == [
        "$.b is gone",
        "$.c became required",
        "$.a: type changed from string to integer",
    ]


def test_gaining_an_optional_field_is_compatible() -> None:
    old = {"properties": {"a": {"type": "string"}}, "required": ["a"]}
    new = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]}
    assert list(incompatibilities(old, new)) == []
