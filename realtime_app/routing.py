"""The paths of sockets. `todo_project.asgi` is the application that servers look for."""

from channels.routing import URLRouter
from django.urls import re_path

from realtime_app.server.origin import OriginGate, refuse
from realtime_app.sockets.endpoint import TaskSocket

websocket_urlpatterns = [
    re_path(r"^ws/tasks/?$", TaskSocket.as_asgi()),
    re_path(r"", refuse),  # type: ignore[arg-type] # an ASGI application, no view
]

websocket_application = OriginGate(URLRouter(websocket_urlpatterns))
