from collections.abc import Iterator

import pytest

from realtime_app.tests.live import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a real server that the tests share; each test has its own users."""
    running = Server(tmp_path_factory.mktemp("sockets"))
    yield running
    running.close()


@pytest.fixture
def reconciling_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a real server that reconciles its slots every two seconds."""
    running = Server(tmp_path_factory.mktemp("sockets"), HARNESS_SLOTS_SECONDS="2")
    yield running
    running.close()


@pytest.fixture
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a real server for one test that disturbs it."""
    running = Server(tmp_path_factory.mktemp("sockets"))
    yield running
    running.close()
