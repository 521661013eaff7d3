"""ASGI entry point of `manage.py up` and of the sockets role."""

import os

import django
from channels.routing import ProtocolTypeRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "todo_project.settings.local")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - as the next ones: needs Django's apps

from realtime_app.routing import websocket_application as websocket  # noqa: E402
from realtime_app.server.refusals import PathGate  # noqa: E402
from todo_project.web.request_threads import KeptThreadsHandler  # noqa: E402

http = KeptThreadsHandler()
# All of the platform, for `up`.
application = ProtocolTypeRouter({"http": http, "websocket": websocket})
# The sockets role is reached from outside for its sockets alone.
sockets = ProtocolTypeRouter({"http": PathGate(http, settings.SOCKETS_PATHS), "websocket": websocket})
