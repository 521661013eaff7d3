"""ASGI entry point of `manage.py up` and of the sockets role."""

import os

import django
from channels.routing import ProtocolTypeRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "todo_project.settings.local")
django.setup(set_prefix=False)

from realtime_app.routing import application as websocket  # noqa: E402 - needs Django's apps
from todo_project.request_threads import KeptThreadsHandler  # noqa: E402 - needs settings

http = KeptThreadsHandler()
application = ProtocolTypeRouter({"http": http, "websocket": websocket})
