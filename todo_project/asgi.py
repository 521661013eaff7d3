"""ASGI entry point of `manage.py up` and of the sockets role."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "todo_project.settings.local")
http = get_asgi_application()

from realtime_app.routing import application as websocket  # noqa: E402 - needs Django's apps

application = ProtocolTypeRouter({"http": http, "websocket": websocket})
