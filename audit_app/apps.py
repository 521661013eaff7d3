from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "audit_app"
    verbose_name = "Audit trail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give the platform's role its rights after every `migrate`."""
        from audit_app.protection.rights import grant_rights  # noqa: PLC0415 - apps are loaded before their modules

        post_migrate.connect(grant_rights, sender=self, dispatch_uid="audit_app.rights")
