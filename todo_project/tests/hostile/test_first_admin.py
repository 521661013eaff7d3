"""Who registers a look-alike of the first administrator's name keeps no installation from starting."""

import pytest

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from todo_project.up.preparation import ensure_admin

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["Admin", "adm\u0131n"])
def test_the_first_administrator_is_not_made_beside_a_look_alike(name: str) -> None:
    make_user(name)

    assert ensure_admin() is None
    assert User.objects.count() == 1
