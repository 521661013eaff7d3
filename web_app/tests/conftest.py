"""A page in which the modules of the client run, without a server."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from web_app.tests.browser import chromium
from web_app.tests.scenes import EMPTY_PAGE, serve_scenes


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        opened = browser.new_page()
        serve_scenes(opened)
        opened.goto(EMPTY_PAGE)
        yield opened
