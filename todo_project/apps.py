from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class TodoProjectConfig(AppConfig):
    name = "todo_project"

    def ready(self) -> None:
        # They need the apps, and importing them registers the checks and our Celery app as the current one.
        import todo_project.admin.checks  # noqa: PLC0415
        import todo_project.api.checks  # noqa: PLC0415
        import todo_project.celery  # noqa: F401, PLC0415

        if settings.CRASH_POINTS_ENABLED and settings.FAULT_MODULE:
            import_module(settings.FAULT_MODULE)
