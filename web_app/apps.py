from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "web_app"
    verbose_name = "Page"

    def ready(self) -> None:
        from web_app import checks  # noqa: F401, PLC0415 - they register themselves; need the apps
