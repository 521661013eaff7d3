"""The command line: what an operator can mend is one sentence, never a traceback.

Exit codes: 0 ok, 1 failed, 2 wrong usage or settings, 3 degraded.
"""

import sys
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError, connection


def run(arguments: Sequence[str]) -> None:
    """Run a management command; `--traceback` shows where a refusal comes from. Raises SystemExit."""
    try:
        execute_from_command_line(list(arguments))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except (ImproperlyConfigured, OperationalError, PermissionError) as error:
        if "--traceback" in arguments:
            raise
        sentence, code = explain(error)
        print(f"todo: {sentence}", file=sys.stderr)  # noqa: T201 - this is the command line's answer
        raise SystemExit(code) from None


def explain(error: Exception) -> tuple[str, int]:
    """Return the sentence and the exit code for what an operator can mend."""
    if isinstance(error, OperationalError):
        return _about_database(error), 1
    if isinstance(error, PermissionError):
        return (
            f"{error.filename} cannot be used: {error.strerror}; choose another TODO_DATA_DIR or mend its rights.",
            2,
        )
    return f"The settings are wrong: {' '.join(str(error).split())}", 2


def _about_database(error: OperationalError) -> str:
    where = connection.settings_dict
    reason = " ".join(str(error).split())
    if connection.vendor == "sqlite":
        return f"The database {where['NAME']} cannot be used: {reason}."
    place = f"{where['HOST'] or 'localhost'}:{where['PORT'] or 5432}/{where['NAME']}"
    return (
        f"PostgreSQL at {place} does not answer as it should ({reason});"
        " start it with `python -m devstack up postgresql`, or set TODO_DATABASE_URL."
    )
