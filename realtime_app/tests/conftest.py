from collections.abc import Iterator

import pytest

from realtime_app.tests.live import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server that the tests share, each with users of its own."""
    running = Server(tmp_path_factory.mktemp("sockets"))
    yield running
    running.close()


@pytest.fixture
def reconciling_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server that compares its slots with its connections every other second."""
    running = Server(tmp_path_factory.mktemp("sockets"), HARNESS_SLOTS_SECONDS="2")
    yield running
    running.close()


@pytest.fixture
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server for a test that does things to it."""
    running = Server(tmp_path_factory.mktemp("sockets"))
    yield running
    running.close()
