"""The local settings without counting requests: what metrics are compared with (`b17_watching`)."""

from todo_project.settings.local import *  # noqa: F403 - settings of Django
from todo_project.settings.local import MIDDLEWARE as _COUNTED

MIDDLEWARE = [each for each in _COUNTED if not each.endswith(".RequestMetricsMiddleware")]
