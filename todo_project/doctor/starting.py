"""Which command starts a role."""

from django.conf import settings

from todo_project.health import readiness


def role_start_command(role: str) -> str:
    """Return the command that starts a role."""
    if settings.EVENT_TRANSPORT == "embedded":
        return "make run"
    if role == "deliver" and settings.REDIS_URL:
        return "manage.py worker deliveries"
    if role == readiness.SWEEPS_ROLE:
        return "manage.py receive --sweeps"
    kind, _, consumer_name = role.partition(":")
    verb = {"consumer": "consume", "receiver": "receive"}.get(kind)
    return f"manage.py {verb} {consumer_name}" if verb else f"manage.py {role.replace('-', '_')}"
