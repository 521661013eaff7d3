"""Two devices of one person, with three of ten answers lost: short runs of `two_devices`."""

import pytest
from playwright.sync_api import Browser

from todo_project.tests.page.two_devices import run_seed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("seed", [1, 2])
def test_two_devices_end_equal_and_lose_no_text(browser: Browser, url: str, seed: int) -> None:
    done = run_seed(browser, url, seed=seed, actions=25)
    assert done["network"] + done["killed"] > 0
