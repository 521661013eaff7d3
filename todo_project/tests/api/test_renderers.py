"""orjson writes what DRF's renderer would."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ErrorDetail
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import Serializer
from rest_framework.utils.serializer_helpers import ReturnDict

from todo_project.api.renderers import FastJSONRenderer


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"a": [1, 2.5, True, None, "é\u2028<&>"]},
        datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
        date(2030, 1, 2),
        time(22, 30),
        timedelta(minutes=5),
        UUID(int=7),
        Decimal("1.10"),
        gettext_lazy("Monday"),
        ErrorDetail("Wrong.", code="invalid"),
        ReturnDict({"a": 1}, serializer=Serializer()),
        {1: "number as name"},
        2**64,
        (1, 2),
    ],
)
def test_a_value_is_rendered_as_by_drf(value: object) -> None:
    data = {"value": value}

    assert json.loads(FastJSONRenderer().render(data)) == json.loads(JSONRenderer().render(data))


def test_nothing_is_rendered_as_nothing() -> None:
    assert FastJSONRenderer().render(None) == b""


def test_a_client_may_ask_for_indentation() -> None:
    assert FastJSONRenderer().render({"a": 1}, "application/json; indent=4") == b'{\n  "a": 1\n}'


def test_what_is_no_json_at_all_is_an_error() -> None:
    with pytest.raises(TypeError):
        FastJSONRenderer().render({"value": object()})
