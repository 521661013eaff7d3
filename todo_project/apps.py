from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class TodoProjectConfig(AppConfig):
    name = "todo_project"

    def ready(self) -> None:
        from todo_project import (  # noqa: PLC0415 - they need the apps
            admin_checks,  # noqa: F401 - registers itself
            celery,  # noqa: F401 - whoever sends a job from here sends it to our broker
        )
        from todo_project.api import checks  # noqa: F401, PLC0415 - registers itself; needs the apps

        if settings.CRASH_POINTS_ENABLED and settings.FAULT_MODULE:
            import_module(settings.FAULT_MODULE)
