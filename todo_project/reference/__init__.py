"""Generates the reference pages from the code, so that they always agree with it."""

from collections.abc import Mapping
from pathlib import Path

from todo_project.reference import pages, schemas


def generated_files() -> Mapping[Path, str]:
    """Return the text of every generated file by its path in the repository."""
    return {**pages.render_pages(), **schemas.render_schemas()}
