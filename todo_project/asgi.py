"""ASGI entry point of `manage.py up` and of the sockets role: sockets alone. HTTP is served by `wsgi.py` everywhere."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "todo_project.settings.local")
django.setup(set_prefix=False)

from realtime_app.routing import websocket_application  # noqa: E402 - needs Django's apps

application = websocket_application
