"""The machine and the installation: Python, packages, settings, data folder, secret key, time zones."""

import os
import re
import shlex
import shutil
import stat
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage

from todo_project.doctor.findings import Finding, fail, ok, warn
from todo_project.installation.database_file import settings_database_file
from todo_project.installation.private_files import is_ours_alone, open_to_others

WANTED_PYTHON = (3, 11)
_LOCK = Path(settings.BASE_DIR) / "requirements.txt"
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)
GIB = 1024**3
NAMED_FILES = 5
LOW_DISK, FULL_DISK = GIB, GIB // 10


def check_machine() -> Iterator[Finding]:
    """Check what the platform runs on."""
    yield check_python()
    yield check_packages()
    yield check_unknown_settings()
    if settings.USES_DATA_DIR:
        yield check_data_dir(settings.DATA_DIR)
        yield check_secret_key_file(settings.DATA_DIR / "secret_key")
    yield check_private_files(settings.DATA_DIR if settings.USES_DATA_DIR else None, settings_database_file())
    yield check_static_files()
    yield check_time_zones()


def check_python() -> Finding:
    """Whether it is the Python version of the locks."""
    running = sys.version.split()[0]
    if sys.version_info[:2] == WANTED_PYTHON:
        return ok("python", running)
    return warn("python", f"{running} instead of 3.11", "install python3.11, then make run")


def check_packages() -> Finding:
    """Whether the installed packages are those of the lock."""
    if not _LOCK.exists():
        return ok("packages", "no requirements.txt to compare with")
    locked = _LOCKED.findall(_LOCK.read_text())
    wrong = [name for name, wanted in locked if installed_version(name) != wanted]
    if wrong:
        return fail("packages", f"not as locked: {', '.join(wrong)}", "rm -r .venv && make run")
    return ok("packages", f"{len(locked)} as locked, Django {version('django')}")


def installed_version(name: str) -> str | None:
    """Return the installed version of a distribution."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def check_unknown_settings() -> Finding:
    """Whether there are unknown `TODO_*` variables, which are most likely misspelt."""
    module = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    if settings.UNKNOWN_VARIABLES:
        names = ", ".join(settings.UNKNOWN_VARIABLES)
        return warn(
            "settings",
            f"unknown here: {names}",
            f"unset {names.replace(',', '')}; see docs/reference/settings.md",
        )
    return ok("settings", module)


def check_data_dir(folder: Path) -> Finding:
    """Whether the data folder is writable and has free space."""
    if not folder.is_dir():
        return fail("data", f"{folder} does not exist", "make run")
    if not os.access(folder, os.W_OK | os.X_OK):
        return fail("data", f"{folder} cannot be written", f"chown {os.getuid()} {folder}")
    free = shutil.disk_usage(folder).free
    room = f"{folder}, {free / GIB:.1f} GiB free"
    if free < FULL_DISK:
        return fail("data", room, f"free disk space, or move the folder and set TODO_DATA_DIR (now {folder})")
    if free < LOW_DISK:
        return warn("data", room, f"free disk space, or move the folder and set TODO_DATA_DIR (now {folder})")
    return ok("data", room)


def check_secret_key_file(path: Path) -> Finding:
    """Whether only the owner can read the secret key."""
    if not path.exists():
        return ok("secret key", "from TODO_SECRET_KEY")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return fail("secret key", f"{path} is open to others ({mode:04o})", f"chmod 600 {path}")
    return ok("secret key", f"{path} ({mode:04o})")


def check_private_files(folder: Path | None, database: Path | None) -> Finding:
    """Whether other users of this machine can access the data folder, a file in it, or the database."""
    wide = open_to_others(folder, database)
    if not wide:
        return ok(
            "private",
            "no other user can access the data" if folder or database else "no files on this machine",
        )
    names = ", ".join(map(str, wide[:NAMED_FILES])) + (", …" if len(wide) > NAMED_FILES else "")
    return fail("private", f"other users can access {names}", " && ".join(_closing(wide, folder)))


def _closing(wide: Sequence[Path], folder: Path | None) -> Iterator[str]:
    """Yield the commands that remove the rights of other users."""
    inside = [path for path in wide if folder in (path, path.parent)]
    if folder is not None and inside:
        yield from _closing_folder(folder, inside)
    if elsewhere := [str(path) for path in wide if path not in inside]:
        yield shlex.join(["chmod", "go=", *elsewhere])


def _closing_folder(folder: Path, inside: Sequence[Path]) -> Iterator[str]:
    # Only paths that are open to others. chmod changes a path's ctime, and a seal with another ctime means to `up` that
    # the database was restored (events_app/operating/epoch_note.py).
    if not is_ours_alone(folder):
        yield "set TODO_DATA_DIR to a folder of its own"
        return
    yield shlex.join(["chmod", "go=", str(folder)])
    if entries := [str(path) for path in inside if path != folder]:
        yield shlex.join(["chmod", "-R", "go=", *entries])


def check_static_files() -> Finding:
    """Whether static files were collected; in production, pages cannot be rendered without them."""
    if not isinstance(staticfiles_storage, ManifestFilesMixin):
        return ok("static files", "served from the packages")
    if not staticfiles_storage.hashed_files:
        detail = f"none in {settings.STATIC_ROOT}: every page answers 500"
        return fail("static files", detail, "manage.py collectstatic --no-input")
    return ok("static files", f"{len(staticfiles_storage.hashed_files)} in {settings.STATIC_ROOT}")


def check_time_zones() -> Finding:
    """Whether the time zone database is installed."""
    try:
        ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        return fail("time zones", "no time zone database", "rm -r .venv && make run")
    return ok("time zones", f"IANA, tzdata {version('tzdata')}")
