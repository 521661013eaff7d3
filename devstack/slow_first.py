"""A plugin of pytest: the files that take longest come first.

    python -m pytest -p devstack.slow_first -n 3 --dist loadfile --no-loadscope-reorder

pytest-xdist gives a whole file to a worker, by default those with the most tests first: then a file of two tests that
take a minute each begins last, and one worker runs it while the others have nothing to do. Every run records the
seconds of each file in pytest's cache, for each selection by `-m`; a file without a record counts ten seconds for each
test that is declared `slow` or `services`. Only the order of files depends on it: a wrong record costs time, nothing
else.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pytest

_DECLARED_SLOW = ("slow", "services")
_DECLARED_SECONDS = 10.0
_OTHER_SECONDS = 0.1


def pytest_configure(config: pytest.Config) -> None:
    """Have the process that sees all reports record them; workers of pytest-xdist only read."""
    if not hasattr(config, "workerinput") and config.pluginmanager.hasplugin("cacheprovider"):
        config.pluginmanager.register(_Recorder(config))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order what is left after selection by `-m` and `-k`; the tests of a file keep theirs."""
    has_cache = config.pluginmanager.hasplugin("cacheprovider")
    recorded = config.cache.get(record_name(config), {}) if has_cache and config.cache else {}
    seconds = estimate_seconds(items, recorded)
    items.sort(key=lambda item: (-seconds[file_of(item.nodeid)], file_of(item.nodeid)))


def record_name(config: pytest.Config) -> str:
    """Return the key in pytest's cache: a file takes other time when only a part of its tests is selected."""
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
    """Adds up what the tests of each file took, and writes it when the run ends."""

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
