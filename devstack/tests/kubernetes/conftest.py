"""What the tests of the chart share: Helm's library, and the scenarios as it renders them."""

from collections.abc import Mapping

import pytest

from devstack.cli import in_ci
from devstack.errors import MissingTool
from devstack.kubernetes.chart import Rendered, rendered_scenarios, require_helm


@pytest.fixture(scope="session", autouse=True)
def helm() -> None:
    """Skip where Helm's library is not installed; in CI it must be."""
    try:
        require_helm()
    except MissingTool as missing:
        if in_ci():
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def rendered(helm: None) -> Mapping[str, Rendered]:
    """Every scenario as Helm renders it, once for each process."""
    return rendered_scenarios()
