"""Logging settings: one line per event, for people or as JSON."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any
from urllib.parse import unquote, urlsplit

from todo_project.logs.redaction import is_sensitive
from todo_project.settings.env import Env


def logging_settings(env: Env, *secrets: str) -> dict[str, Any]:
    """Return the `logging.config` dictionary for the chosen format and level.

    The secrets of the environment and `secrets` are redacted wherever they occur in a line.
    """
    hidden = tuple(dict.fromkeys((*secrets_of(env), *secrets)))
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"()": "todo_project.logs.formatters.TextFormatter", "secrets": hidden},
            "json": {"()": "todo_project.logs.formatters.JsonFormatter", "secrets": hidden},
        },
        "filters": {"listen_errors": {"()": "realtime_app.sockets.throttled_log.ListenErrors"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": env.log_format}},
        "root": {"handlers": ["stderr"], "level": env.log_level},
        "loggers": {
            "django.server": {"handlers": [], "propagate": True},
            "kafka": {
                "level": "CRITICAL"
            },  # it logs each failed attempt as an error; our code logs the failure once
            "channels_redis.pubsub": {"filters": ["listen_errors"]},
            "daphne": {"level": "WARNING"},
            "celery": {"level": "WARNING"},  # at INFO it writes three lines for each sweep, every second
        },
    }


def secrets_of(env: Env) -> Iterator[str]:
    """Yield every secret of the environment: variables with a sensitive name, and passwords inside URLs."""
    yield from audit_secrets(env.audit_keys)
    for field in fields(env):
        value = getattr(env, field.name)
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and text:
                yield from _secrets_in(field.name, text)


def audit_secrets(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys without their versions."""
    return tuple(key.partition(":")[2] for key in keys)


def _secrets_in(name: str, text: str) -> Iterator[str]:
    if "://" in text:
        password = urlsplit(text).password or ""
        yield from (password, unquote(password))
    elif is_sensitive(name) or name.endswith(("_key", "_keys")):
        yield text
