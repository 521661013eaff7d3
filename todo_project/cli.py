"""The command line: an error that an operator can repair is printed as one sentence, without a traceback.

Exit codes: 0 ok, 1 failed, 2 wrong usage or settings, 3 degraded.
"""

import gc
import os
import signal
import sys
from collections.abc import Sequence
from threading import Thread
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import ManagementUtility
from django.db import OperationalError, ProgrammingError, connection

from todo_project.installation.database_file import settings_database_file
from todo_project.installation.private_files import close_installation
from todo_project.logs.json_lines import print_json
from todo_project.metrics.sharing import share_metrics
from todo_project.settings.env import EnvError

_FAILED, _USAGE, INTERRUPTED = 1, 2, 130
ROLES = frozenset(
    (
        "up",
        "web",
        "sockets",
        "relay",
        "consume",
        "receive",
        "deliver",
        "worker",
        "beat",
        "dapr_jobs",
        "metrics",
    )
)
# These fork: what their processes count is added up where TODO_SIDE_PORT shows it.
FORKING = frozenset(("web", "receive", "worker"))
# These end in order when they are told to.
LISTENING = ROLES | {"prepare", "backup", "restore"}
FIRST_PROCESS = 1


class Utility(ManagementUtility):
    """Django's utility, which also removes other users' rights to the installation's files before a role starts."""

    def fetch_command(self, subcommand: str) -> Any:
        """Return the command. At this point settings are read and no file is open yet."""
        if subcommand in ROLES and settings.configured:
            close_installation(
                settings.DATA_DIR if settings.USES_DATA_DIR else None, settings_database_file()
            )
        command = super().fetch_command(subcommand)
        resume_collections()
        return command


def suspend_collections() -> None:
    """Have Python look for no garbage while modules are loaded: it would go through all of them, again and again."""
    gc.disable()


def resume_collections() -> None:
    """Look for garbage from now on, except among what is loaded.

    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.freeze()
    gc.enable()


def run_command(arguments: Sequence[str]) -> None:
    """Run a management command; `--traceback` shows where an error comes from. Raises SystemExit."""
    if os.getpid() == FIRST_PROCESS and not LISTENING.intersection(arguments[1:2]):
        end_when_told_to()
    if ROLES.intersection(arguments[1:2]) and os.environ.get("TODO_LOG_FORMAT") == "json":
        print_json()
    if FORKING.intersection(arguments[1:2]) and os.environ.get("TODO_SIDE_PORT"):
        share_metrics()
    suspend_collections()
    try:
        Utility(list(arguments)).execute()
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except (EnvError, ImproperlyConfigured, OperationalError, ProgrammingError) as error:
        if "--traceback" in arguments:
            raise
        sentence, code = explain_error(error)
        print(f"todo: {sentence}", file=sys.stderr)  # noqa: T201 - this is the command line's answer
        raise SystemExit(code) from None
    finally:
        gc.enable()  # where no command was found


def end_when_told_to() -> None:
    """Have SIGTERM end this process at once, whatever it does, as it ends all that do not listen to it.

    The first process of a container is the exception: there the kernel drops signals that have no handler
    (pid_namespaces(7)), and a handler in Python would wait for the end of a statement. One that is blocked is kept.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    Thread(target=_end_after_signal, name="end-when-told-to", daemon=True).start()


def _end_after_signal() -> None:
    os._exit(128 + signal.sigwait({signal.SIGTERM}))


def explain_error(error: Exception) -> tuple[str, int]:
    """Return the sentence and the exit code for an error that an operator can repair."""
    reason = " ".join(str(error).split())
    if isinstance(error, EnvError):
        return reason, _USAGE
    if isinstance(error, ImproperlyConfigured):
        return f"The settings are wrong: {reason}", _USAGE
    if "no such table" in reason or "does not exist" in reason:
        return f"The tables are not those of this release ({reason}); run `manage.py migrate`.", _FAILED
    return describe_database_error(reason), _FAILED


def describe_database_error(reason: str) -> str:
    """Return the sentence for a database that cannot be used."""
    where = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"The database {where['NAME']} cannot be used: {reason}."
    place = f"{where['HOST'] or 'localhost'}:{where['PORT'] or 5432}/{where['NAME']}"
    return (
        f"PostgreSQL at {place} does not serve us ({reason});"
        " start it with `python -m devstack up postgresql`, or set TODO_DATABASE_URL."
    )
