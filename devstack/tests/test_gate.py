"""The gate leaves out on PostgreSQL what is there and nothing else."""

from devstack.gate import ON_ONE_DATABASE
from devstack.paths import REPOSITORY


def test_what_runs_on_one_database_is_there() -> None:
    """A name that is no longer there would be passed over in silence."""
    assert [place for place in ON_ONE_DATABASE if not (REPOSITORY / place).exists()] == []
