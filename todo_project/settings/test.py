"""Settings for tests: fast password hashing, crash points, no files outside a temporary folder."""

import atexit
import shutil
import tempfile
from pathlib import Path

from todo_project.settings.base import *  # noqa: F403
from todo_project.settings.base import ENV

SECRET_KEY = ENV.secret_key or "only for tests, long enough to sign with HMAC SHA-256"
AUDIT_KEYS = ENV.audit_keys or ("1:only for tests, long enough to key the trail",)
ALLOWED_HOSTS = [*ENV.allowed_hosts, "localhost", "127.0.0.1", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CRASH_POINTS_ENABLED = True
REGISTRATION = ENV.registration or "open"
if not ENV.database_url:
    DATABASES["default"]["NAME"] = str(Path(tempfile.gettempdir()) / "todo-tests.sqlite3")  # noqa: F405
    # A file, as in production: in SQLite's shared-cache mode, table locks fail at once instead of waiting.
    _folder = Path(tempfile.mkdtemp(prefix="todo-tests-"))
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}  # noqa: F405
