"""What a process of the platform finds in its environment: nothing of the test run's own, then what is given."""

import os
import secrets
from collections.abc import Mapping

OURS = ("TODO_", "DAPR_", "APP_", "DJANGO_", "CELERY_")
SECRET_KEY = secrets.token_hex(
    32
)  # production, which some platforms run as, takes no key out of this repository
PROBE = "todo_project.tests.platform.probe"


def role_environment(given: Mapping[str, str]) -> dict[str, str]:
    """Test settings (crash points work), one secret key for all processes, then `given`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    common = {
        "DJANGO_SETTINGS_MODULE": "todo_project.settings.test",
        "TODO_SECRET_KEY": SECRET_KEY,
        "TODO_AUDIT_KEYS": f"1:{SECRET_KEY}",
        "TODO_REGISTRATION": "open",
        "TODO_REGISTRATIONS_PER_MINUTE": "100000",
        "PYTHONUNBUFFERED": "1",
    }
    return {**inherited, **common, **given}
