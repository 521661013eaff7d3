from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "realtime_app"
    verbose_name = "Sockets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from realtime_app import checks  # noqa: F401, PLC0415 - they register themselves; need the apps
