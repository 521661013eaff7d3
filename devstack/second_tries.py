"""A pytest plugin that gives tests of real processes a second try.

    python -m pytest -p devstack.second_tries -raR

A test that is marked `slow` or `services` starts servers, brokers or browsers, and waits for them beside whatever else
the machine does. When such a test fails it runs once more, and fails if it fails again. A test that passed only at its
second try is named at the end and counted (`1 rerun`): that is a defect to be looked into, of the test or of the
platform, but not a reason to throw away a run of all other tests. All other tests have one try.
"""

import pytest

_MARKS = ("slow", "services")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test that has a second try."""
    if any(item.get_closest_marker(name) for name in _MARKS):
        item.add_marker(pytest.mark.flaky(reruns=1))
