from django.apps import AppConfig


class TodoProjectConfig(AppConfig):
    name = "todo_project"

    def ready(self) -> None:
        from todo_project.api import checks  # noqa: F401, PLC0415 - registers itself; needs the apps
