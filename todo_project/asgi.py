"""ASGI entry point of `manage.py up` and of the sockets role."""

import os

import django
from channels.routing import ProtocolTypeRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "todo_project.settings.local")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - this and the next imports need Django's apps

from realtime_app.routing import websocket_application as websocket  # noqa: E402
from realtime_app.server.refusals import PathGate  # noqa: E402
from todo_project.web.request_threads import KeptThreadsHandler  # noqa: E402

http = KeptThreadsHandler()
# The whole platform, for `up`.
application = ProtocolTypeRouter({"http": http, "websocket": websocket})
# The sockets role serves only WebSockets and probes to the outside.
sockets = ProtocolTypeRouter({"http": PathGate(http, settings.SOCKETS_PATHS), "websocket": websocket})
