"""A pytest plugin that gives a test a second try, and says so.

    python -m pytest -p devstack.second_tries -raR --rerun-show-tracebacks --max-suite-reruns 6

The gate runs some ten thousand tests for half an hour; many start servers, brokers or browsers, race threads or bound
a time, beside whatever else the machine does. A test that fails runs once more, with all fixtures of its file and
folders made anew, and fails if it fails again; one that drives a browser, which stands still for a minute at times when
the machine is full, runs a third time. A test that passed only at its second try is named at the end and
counted (`1 rerun`), with what it said at the first: that is a defect to be looked into, of the test or of the platform,
but not a reason to throw away a run of all other tests. In a whole run there are six second tries: where more fails,
something is broken. `make quick` and a plain `pytest` give none.
"""

from collections.abc import Generator

import pytest

_HAS_FAILED = pytest.StashKey[bool]()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give a test a second try, and a third one if it drives a browser."""
    drives_browser = "browser" in getattr(item, "fixturenames", ())
    item.add_marker(pytest.mark.flaky(reruns=2 if drives_browser else 1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember a failure for `pytest_runtest_teardown`."""
    report = yield
    item.stash[_HAS_FAILED] = report.failed or (report.when != "setup" and item.stash.get(_HAS_FAILED, False))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """After a failure, take down what may be spoilt: every fixture but those of the session."""
    if item.stash.get(_HAS_FAILED, False):
        item.session._setupstate.teardown_exact(item.session)  # type: ignore[arg-type] # it reads the chain of parents
