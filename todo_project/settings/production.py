"""Settings for a cluster: everything comes from the environment, nothing is guessed."""

from todo_project.settings.base import *  # noqa: F403

SECURE_SSL_REDIRECT = False  # the ingress ends TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31536000
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
