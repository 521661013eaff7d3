"""Settings for one machine: `make run`, `manage.py shell`."""

from todo_project.installation.secret_key import read_or_create_audit_keys, read_or_create_secret_key
from todo_project.settings.base import *  # noqa: F403
from todo_project.settings.base import DATA_DIR, ENV, or_exit
from todo_project.settings.logs import audit_secrets, logging_settings

ALLOWED_HOSTS = list(ENV.allowed_hosts) or ["localhost", "127.0.0.1", "[::1]"]
SECRET_KEY = ENV.secret_key or read_or_create_secret_key(DATA_DIR)
AUDIT_KEYS = ENV.audit_keys or or_exit(lambda: read_or_create_audit_keys(DATA_DIR))
LOGGING = logging_settings(ENV, SECRET_KEY, *audit_secrets(AUDIT_KEYS))
