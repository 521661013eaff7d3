from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications_app"
    default_auto_field = "django.db.models.BigAutoField"
