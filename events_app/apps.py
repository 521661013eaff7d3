from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events_app"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from events_app import checks  # noqa: F401, PLC0415 - registers them
