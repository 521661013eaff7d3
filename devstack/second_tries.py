"""A pytest plugin that gives tests of real processes and of times a second try.

    python -m pytest -p devstack.second_tries -raR --rerun-show-tracebacks

A test that is marked `slow` or `services` starts servers, brokers or browsers, and waits for them beside whatever else
the machine does; one that is marked `timed` bounds the time that something takes. When such a test fails it runs once
more, with all fixtures of its file and folders made anew, and fails if it fails again. A test that passed only at its
second try is named at the end and counted (`1 rerun`), with what it said at the first: that is a defect to be looked
into, of the test or of the platform, but not a reason to throw away a run of all other tests. All other tests have one
try.
"""

from collections.abc import Generator

import pytest

_MARKS = ("slow", "services", "timed")
_HAS_FAILED = pytest.StashKey[bool]()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test that has a second try."""
    if any(item.get_closest_marker(name) for name in _MARKS):
        item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember a failure for `pytest_runtest_teardown`."""
    report = yield
    item.stash[_HAS_FAILED] = report.failed or (report.when != "setup" and item.stash.get(_HAS_FAILED, False))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """After a failure, take down what may be spoilt: every fixture but those of the session."""
    if item.stash.get(_HAS_FAILED, False) and item.get_closest_marker("flaky"):
        item.session._setupstate.teardown_exact(item.session)  # type: ignore[arg-type] # it reads the chain of parents
