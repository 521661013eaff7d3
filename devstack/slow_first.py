"""A pytest plugin that runs the slowest files first.

    python -m pytest -p devstack.slow_first -n 3 --dist loadfile --no-loadscope-reorder

pytest-xdist gives whole files to workers, by default those with the most tests first. Then a file of two tests that
take a minute each starts last, and one worker runs it while the others are idle. Every run records the seconds of each
file in pytest's cache, for each selection by `-m`. A file without a record counts ten seconds for each test that is
marked `slow` or `services`. Only the order of files depends on the record, so a wrong record only costs time.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pytest

_DECLARED_SLOW = ("slow", "services")
_DECLARED_SECONDS = 10.0
_OTHER_SECONDS = 0.1


def pytest_configure(config: pytest.Config) -> None:
    """Record reports in the main process, which receives all of them; workers of pytest-xdist only read the record."""
    if not hasattr(config, "workerinput") and config.pluginmanager.hasplugin("cacheprovider"):
        config.pluginmanager.register(_Recorder(config))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the selected tests by the seconds of their files; the tests of a file keep their order."""
    has_cache = config.pluginmanager.hasplugin("cacheprovider")
    recorded = config.cache.get(record_name(config), {}) if has_cache and config.cache else {}
    seconds = estimate_seconds(items, recorded)
    items.sort(key=lambda item: (-seconds[file_of(item.nodeid)], file_of(item.nodeid)))


def record_name(config: pytest.Config) -> str:
    """Return the key in pytest's cache; it contains `-m`, because a file takes less time with fewer tests."""
    return f"devstack/seconds/{config.option.markexpr.replace(' ', '-') or 'all'}"


def estimate_seconds(items: Sequence[pytest.Item], recorded: Mapping[str, float]) -> dict[str, float]:
    """Return the seconds that each file is expected to take."""
    declared: dict[str, float] = defaultdict(float)
    for item in items:
        is_slow = any(item.get_closest_marker(name) for name in _DECLARED_SLOW)
        declared[file_of(item.nodeid)] += _DECLARED_SECONDS if is_slow else _OTHER_SECONDS
    return {file: recorded.get(file, seconds) for file, seconds in declared.items()}


def file_of(node_id: str) -> str:
    """Return the path of the file that a test is in."""
    return node_id.partition("::")[0]


class _Recorder:
    """Adds up the seconds of the tests of each file, and writes them when the run ends."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[file_of(report.nodeid)] += report.duration

    def pytest_sessionfinish(self) -> None:
        cache = self._config.cache
        if cache is not None:
            found = {file: round(seconds, 2) for file, seconds in self._seconds.items()}
            name = record_name(self._config)
            cache.set(name, {**cache.get(name, {}), **found})
