from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class TodoProjectConfig(AppConfig):
    name = "todo_project"

    def ready(self) -> None:
        from todo_project import admin_checks  # noqa: F401, PLC0415 - registers itself; needs the apps
        from todo_project.api import checks  # noqa: F401, PLC0415 - registers itself; needs the apps

        if settings.CRASH_POINTS_ENABLED and settings.FAULT_MODULE:
            import_module(settings.FAULT_MODULE)
