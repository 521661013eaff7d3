"""Mail settings from one URL."""

from typing import Any
from urllib.parse import unquote, urlsplit

from todo_project.settings.env import Env, EnvError

PORTS = {"smtp": 25, "smtps": 465}


def refuse_mail_without_links(env: Env) -> None:
    """Raise EnvError where mail leaves the machine and nobody could follow its links: to confirm, to turn it off."""
    if env.email_url and not env.base_url:
        raise EnvError("TODO_BASE_URL must be set in production with TODO_EMAIL_URL: mails have links.")


def mail_settings(env: Env) -> dict[str, Any]:
    """Return Django's EMAIL_* settings for `TODO_EMAIL_URL`; unset means that mail is printed.

    `smtps` is TLS from the first byte; `smtp` on port 587 begins with STARTTLS.
    """
    if not env.email_url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    url = urlsplit(env.email_url)
    if url.scheme not in PORTS or not url.hostname:
        raise EnvError("TODO_EMAIL_URL must be smtp:// or smtps:// with a host.")
    port = url.port or PORTS[url.scheme]
    return {
        "EMAIL_BACKEND": "notifications_app.channels.smtp.Backend",
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": url.scheme == "smtp" and port == 587,
    }
