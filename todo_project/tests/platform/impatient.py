"""Imported instead of the probe by processes whose watchdog waits for seconds instead of a minute."""

from django.conf import settings

from todo_project.tests.platform import probe

settings.HANG_IS_UNHEALTHY_SECONDS = 2.0
settings.HANG_ENDS_PROCESS_SECONDS = 5.0
__all__ = ["probe"]
