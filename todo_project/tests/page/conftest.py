"""A platform that runs with its page, and a browser, shared by the tests of a module."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from devstack.ports import pick
from todo_project.tests.up.starting import Running
from web_app.tests.browser import chromium


@contextmanager
def running_page(folder: Path, **settings: str) -> Iterator[str]:
    """`manage.py up` with more settings; yields its address."""
    environment = {
        "TODO_PORT": str(pick(1)[0]),
        "TODO_REGISTRATIONS_PER_MINUTE": "1000",
        **settings,
    }
    running = Running(folder / "data", folder / "up.log", environment)
    try:
        yield running.becomes_ready().url
    finally:
        running.role.kill()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_page(tmp_path_factory.mktemp("page")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started
