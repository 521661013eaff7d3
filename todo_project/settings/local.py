"""Settings for one machine: `make run`, `manage.py shell`."""

from todo_project.installation.secret_key import (
    read_or_create_audit_keys,
    read_or_create_push_key,
    read_or_create_secret_key,
)
from todo_project.settings.base import *  # noqa: F403
from todo_project.settings.base import DATA_DIR, ENV, USES_DATA_DIR, or_exit
from todo_project.settings.logs import audit_secrets, logging_settings

ALLOWED_HOSTS = list(ENV.allowed_hosts) or ["localhost", "127.0.0.1", "[::1]"]
SECRET_KEY = ENV.secret_key or read_or_create_secret_key(DATA_DIR)
AUDIT_KEYS = ENV.audit_keys or or_exit(lambda: read_or_create_audit_keys(DATA_DIR))
VAPID_PRIVATE_KEY = ENV.vapid_private_key or (
    or_exit(lambda: read_or_create_push_key(DATA_DIR)) if USES_DATA_DIR else ""
)
LOGGING = logging_settings(ENV, SECRET_KEY, *filter(None, [VAPID_PRIVATE_KEY]), *audit_secrets(AUDIT_KEYS))
