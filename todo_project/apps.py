import sys
from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps

from foundation.lean_imports import without_packages

# REST framework looks for them for its own tests, for code in its documents and for columns that we do not have. It
# is loaded here since settings name this module first: before anything that needs it.
with without_packages("requests", "pygments", "django.contrib.postgres"):
    import rest_framework.compat  # noqa: F401


class PlatformAdminConfig(apps.AdminConfig):
    default = False
    default_site = "todo_project.web.admin_site.PlatformAdminSite"


class TodoProjectConfig(AppConfig):
    name = "todo_project"
    default = True

    def ready(self) -> None:
        # They need the apps, and importing them registers the checks and our Celery app as the current one.
        import todo_project.admin.checks  # noqa: PLC0415
        import todo_project.api.checks  # noqa: PLC0415
        import todo_project.celery  # noqa: F401, PLC0415

        if settings.TRACES_ENDPOINT:
            from todo_project.tracing.otel import start_tracing  # noqa: PLC0415 - loaded only where it is used

            start_tracing(sys.argv[1] if sys.argv[1:] else "shell", percent=settings.TRACES_PERCENT)
        if settings.CRASH_POINTS_ENABLED and settings.FAULT_MODULE:
            import_module(settings.FAULT_MODULE)
