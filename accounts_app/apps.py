from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts_app"
    verbose_name = "Accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts_app import checks  # noqa: F401, PLC0415 - they register themselves; need the apps
        from accounts_app.api import schema  # noqa: F401, PLC0415
