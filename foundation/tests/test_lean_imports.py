"""Packages that nothing here uses can be left out of an import, and only of that."""

import sys
from importlib import import_module

import pytest

from foundation.lean_imports import without_packages

SELDOM_LOADED = "wsgiref.validate"


def test_a_package_is_missing_inside_the_block_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, SELDOM_LOADED, raising=False)
    with without_packages(SELDOM_LOADED), pytest.raises(ImportError):
        import_module(SELDOM_LOADED)
    assert import_module(SELDOM_LOADED) is sys.modules[SELDOM_LOADED]


def test_what_is_loaded_already_stays_as_it_is() -> None:
    loaded = sys.modules["sys"], sys.modules["importlib"]
    with without_packages("sys", "importlib"):
        assert (import_module("sys"), import_module("importlib")) == loaded
    assert (sys.modules["sys"], sys.modules["importlib"]) == loaded


def test_nothing_is_left_after_a_failure() -> None:
    with pytest.raises(KeyError), without_packages("no_such_package"):
        raise KeyError
    assert "no_such_package" not in sys.modules
