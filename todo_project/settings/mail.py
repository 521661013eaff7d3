"""Mail settings from one URL."""

from typing import Any
from urllib.parse import unquote, urlsplit

from todo_project.settings.env import Env, EnvError
from todo_project.settings.variables import is_this_machine

PORTS = {"smtp": 25, "smtps": 465}


def refuse_mail_without_links(env: Env) -> None:
    """Raise EnvError when mail is sent but `TODO_BASE_URL` gives no usable links (to confirm, to unsubscribe)."""
    if not env.email_url:
        return
    if not env.base_url:
        raise EnvError("TODO_BASE_URL must be set in production with TODO_EMAIL_URL: mails have links.")
    base = urlsplit(env.base_url)
    if not base.hostname or "@" in base.netloc or base.query or base.fragment:
        raise EnvError("TODO_BASE_URL must be a scheme, a host and a path at most: links begin with it.")
    if base.scheme != "https" and not is_this_machine(base.hostname):
        raise EnvError(
            "TODO_BASE_URL must begin with https:// in production: the links of mails are secrets."
        )


def mail_settings(env: Env) -> dict[str, Any]:
    """Return Django's EMAIL_* settings for `TODO_EMAIL_URL`; unset means that mail is printed.

    `smtps` uses TLS from the first byte. `smtp` uses STARTTLS on port 587, and whenever a password would leave this
    machine.
    """
    if not env.email_url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    url = urlsplit(env.email_url)
    if not url.hostname:
        raise EnvError("TODO_EMAIL_URL must be smtp:// or smtps:// with a host.")
    port = url.port or PORTS[url.scheme]
    needs_tls = port == 587 or (bool(url.password) and not is_this_machine(url.hostname))
    return {
        "EMAIL_BACKEND": "notifications_app.channels.smtp.Backend",
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": url.scheme == "smtp" and needs_tls,
    }
