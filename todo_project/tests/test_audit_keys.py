"""How TODO_AUDIT_KEYS is written."""

import pytest

from todo_project.settings.variables import parse_audit_keys


@pytest.mark.parametrize("good", ["1:k", "2:new,1:old", " 9999:a:b , 1:c "])
def test_keys_have_a_version_each(good: str) -> None:
    assert parse_audit_keys(good)


@pytest.mark.parametrize(
    "wrong", ["key", "0:a", "1:", ":a", "1:a,1:b", "1:a,b", "-1:a", "10000:a", ",", "1:a b"]
)
def test_keys_without_one_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="a version each"):
        parse_audit_keys(wrong)
