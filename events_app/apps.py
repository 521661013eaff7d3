from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events_app"
    verbose_name = "Event log"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from events_app import checks  # noqa: F401, PLC0415 - registers them
        from events_app.api.dapr_access import require_token  # noqa: PLC0415 - settings are complete now

        require_token()  # not a check: servers start without running those
