from django.apps import AppConfig
from django.core.signals import request_started
from django.db.backends.signals import connection_created


class EventsConfig(AppConfig):
    name = "events_app"
    verbose_name = "Event log"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from events_app import checks  # noqa: F401, PLC0415 - registers them
        from events_app.api.dapr_access import require_token  # noqa: PLC0415 - settings are complete now
        from events_app.transactions import drop_replaced_connection, note_opened_file  # noqa: PLC0415

        connection_created.connect(note_opened_file)
        request_started.connect(drop_replaced_connection)
        require_token()  # not a check: servers start without running those
