"""`manage.py up` on SQLite loads nothing that only other installations need: each would be paid by every start."""

import subprocess
import sys
from pathlib import Path

from devstack.paths import REPOSITORY
from todo_project.tests.up.starting import installation

LOADED_BY_NOBODY = {
    "requests": "looked for by REST framework, for its tests",
    "pygments": "looked for by REST framework, for documents",
    "OpenSSL": "looked for by Twisted; a proxy ends TLS",
    "psycopg2": "PostgreSQL",
    "kafka": "Kafka",
    "dapr": "Dapr",
    "grpc": "Dapr",
    "redis": "Redis",
    "gunicorn": "the role `web`",
}
SCRIPT = """
import sys
import django
django.setup()
from django.core.checks import run_checks
run_checks()
import todo_project.up.platform
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_a_start_loads_no_package_that_it_does_not_use(tmp_path: Path) -> None:
    environment = installation(tmp_path, DJANGO_SETTINGS_MODULE="todo_project.settings.local")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert {"django", "rest_framework", "daphne", "celery"} <= loaded
    assert loaded & LOADED_BY_NOBODY.keys() == set()
