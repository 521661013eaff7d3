"""Logging settings: one line per event, for people or as JSON."""

from typing import Any
from urllib.parse import urlsplit

from todo_project.settings.env import Env


def logging_settings(env: Env) -> dict[str, Any]:
    """Return the `logging.config` dictionary for the chosen format and level."""
    secrets = (
        env.secret_key,
        env.app_api_token,
        env.dapr_api_token,
        env.kafka_password,
        urlsplit(env.database_url).password or "",
        urlsplit(env.redis_url).password or "",
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"()": "todo_project.logs.TextFormatter", "secrets": secrets},
            "json": {"()": "todo_project.logs.JsonFormatter", "secrets": secrets},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": env.log_format}},
        "root": {"handlers": ["stderr"], "level": env.log_level},
        "loggers": {
            "django.server": {"handlers": [], "propagate": True},
            "kafka": {"level": "CRITICAL"},  # what it calls errors are attempts; ours say it once
            "daphne": {"level": "WARNING"},
            "celery": {"level": "WARNING"},  # its INFO is three lines for each sweep, every second
        },
    }
