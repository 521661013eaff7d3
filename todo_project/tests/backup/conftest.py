"""A small archive that needs no database, and signals as they were."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from todo_project.tests.backup.archives import written
from todo_project.tests.platform.fixtures import templates

__all__ = ["templates"]


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A good archive of this release with two streams and nothing else, made without a database."""
    line = '[{},"user:{}",0,0,0,0,"2026-01-31T09:00:00Z",0,null,""]\n'
    return written(
        tmp_path / "small.tar.gz", "".join(line.format(number, number) for number in (1, 2)).encode()
    )
